#if BITS > 4
#endif
