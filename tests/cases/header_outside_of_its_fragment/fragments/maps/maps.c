#include "../alloc/alloc.h"
