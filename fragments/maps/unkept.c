// SPDX-License-Identifier: GPL-2.0
/*
 * maps: how many elements a full map would have needed. It counts what it refused or replaced, but the same key may come a million
 * times: so each lost key sets one bit of many, and the number of bits set tells about how many keys there were.
 */
#include <linux/bitops.h>
#include <linux/math64.h>

/* At least 8 bits for each element that the map has: a map that needs twice its size is told so to a few per cent. */
#define _STP_UNKEPT_BITS_MIN 1024

struct _stp_map_unkept {
	u32 bits; /* a power of two */
	atomic_t set;
	unsigned long seen[];
};

static struct _stp_map_unkept *_stp_map_new_unkept(u32 bound)
{
	u32 bits = roundup_pow_of_two(clamp_t(u64, 8ull * bound, _STP_UNKEPT_BITS_MIN, 1u << 30));
	struct _stp_map_unkept *unkept = _stp_valloc(sizeof(*unkept) + bits / 8);

	if (unkept)
		unkept->bits = bits;
	return unkept;
}

/* A new element of this tag was refused, or made room for by an old one. Any context. */
static void _stp_map_note_unkept(struct _stp_map_unkept *unkept, u64 tag)
{
	/* Other bits than those of the chain. */
	u32 bit = _stp_map_mix(_stp_map_mix(tag)) >> 34 & (unkept->bits - 1);

	if (!test_and_set_bit(bit, unkept->seen))
		atomic_inc(&unkept->set);
}

/*
 * About how many keys those were, rather too many than too few. Where i of n bits are set, a key that is new finds one that is not with
 * n - i chances of n: so it takes n / (n - i) keys for the next.
 */
static u64 _stp_map_unkept_keys(const struct _stp_map_unkept *unkept, u64 lost)
{
	u64 keys = 0;
	u32 bit, set = atomic_read(&unkept->set);

	if (set == unkept->bits)
		return lost;
	for (bit = 0; bit < set; bit++)
		keys += div_u64((u64)unkept->bits << 8, unkept->bits - bit);
	keys >>= 8;
	return min(lost, keys + keys / 8 + 1);
}
