#undef BITS
