// SPDX-License-Identifier: GPL-2.0
/* Eight bytes at once, of little endian: which is the first that is zero? */
#ifndef ASM_WORD_AT_A_TIME_H
#define ASM_WORD_AT_A_TIME_H

#include <host.h>
#include <linux/types.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the host build knows little endian");

struct word_at_a_time {
	const unsigned long one_bits, high_bits;
};

#define REPEAT_BYTE(byte) (~0ul / 0xff * (byte))
#define WORD_AT_A_TIME_CONSTANTS { REPEAT_BYTE(0x01), REPEAT_BYTE(0x80) }

/* High bits at the bytes that are zero, and perhaps at some after the first of them. */
static inline unsigned long has_zero(unsigned long word, unsigned long *bits, const struct word_at_a_time *c)
{
	*bits = (word - c->one_bits) & ~word & c->high_bits;
	return *bits;
}

#define prep_zero_mask(word, bits, c) (bits)

/* Ones in all bytes before the first zero. */
static inline unsigned long create_zero_mask(unsigned long bits)
{
	return ((bits - 1) & ~bits) >> 7;
}

#define zero_bytemask(mask) (mask)

static inline unsigned long find_zero(unsigned long mask)
{
	return __builtin_popcountl(mask) / 8;
}

/* A word that may reach behind its object, even into memory that is not there; that reads as zeros. */
#define load_unaligned_zeropad(address) host_load(address)

#endif
