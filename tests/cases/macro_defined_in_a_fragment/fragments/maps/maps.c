#ifndef BITS
#define BITS 8
#endif
