// SPDX-License-Identifier: GPL-2.0
/* hand_long_count_guarded: hand_long_count with interrupts off, a counter of entries, and a table that NMIs find busy. */
#define GUARDED
#include "hand_long_count.c"
