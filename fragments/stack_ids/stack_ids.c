// SPDX-License-Identifier: GPL-2.0
/*
 * stack_ids: a number for each kernel stack, fit for the key of a map.
 *
 * Stacks are kept once each, in a table that is allocated at load and only ever filled, without a lock: a slot is claimed by
 * its hash, then filled. Two stacks are the same when their hashes, of 64 bits, are. The table has twice as many slots as
 * STACK_TABLE stacks, so that a search is short and always meets a free one. A stack for which there is no room has no number,
 * which is counted.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/log2.h>

#define _STP_STACK_SLOTS roundup_pow_of_two(2UL * STACK_TABLE)

struct _stp_stack_slot {
	atomic64_t hash;	/* 0: free */
	unsigned int depth;	/* 0: not filled yet */
	unsigned long entries[STACK_DEPTH];
};

static struct _stp_stack_slot *_stp_stack_slots;
static atomic_t _stp_stacks = ATOMIC_INIT(0);
static atomic_long_t _stp_stacks_lost = ATOMIC_LONG_INIT(0);

/* Never 0. */
static u64 _stp_stack_hash(const unsigned long *entries, unsigned int depth)
{
	u64 hash = depth;

	while (depth--) {
		hash = (hash ^ *entries++) * GOLDEN_RATIO_64;
		hash ^= hash >> 32;
	}
	return hash ?: 1;
}

/* The slot that has @hash, or a free one that is claimed for it; NULL where the table is full. */
static struct _stp_stack_slot *_stp_stack_find(u64 hash, bool *claimed)
{
	unsigned long at = hash;

	for (*claimed = false; ; at++) {
		struct _stp_stack_slot *slot = &_stp_stack_slots[at % _STP_STACK_SLOTS];
		u64 found = atomic64_read(&slot->hash);

		if (!found) {
			if (atomic_inc_return(&_stp_stacks) > STACK_TABLE) {
				atomic_dec(&_stp_stacks);
				return NULL;
			}
			found = atomic64_cmpxchg(&slot->hash, 0, hash);
			if (!found) {
				*claimed = true;
				return slot;
			}
			atomic_dec(&_stp_stacks);	/* another CPU was first, perhaps with this very stack */
		}
		if (found == hash)
			return slot;
	}
}

/**
 * _stp_stack_id() - the number of the kernel's stack at a probe
 * @regs: as for _stp_stack()
 *
 * Of a stack the STACK_DEPTH innermost entries count.
 * Context: any.
 * Return: the number, the same for the same stack until the module goes; 0, counted, where the table is full.
 */
static unsigned long _stp_stack_id(struct pt_regs *regs)
{
	unsigned long entries[STACK_DEPTH];
	unsigned int depth = _stp_stack(entries, STACK_DEPTH, regs);
	struct _stp_stack_slot *slot;
	bool claimed;

	slot = _stp_stack_find(_stp_stack_hash(entries, depth), &claimed);
	if (!slot) {
		atomic_long_inc(&_stp_stacks_lost);
		return 0;
	}
	if (claimed) {
		memcpy(slot->entries, entries, depth * sizeof(*entries));
		smp_store_release(&slot->depth, depth);	/* pairs with _stp_stack_of() */
	}
	return slot - _stp_stack_slots + 1;
}

/**
 * _stp_stack_of() - the stack that has a number
 * @id:      the number
 * @entries: is set to its addresses, which stay where they are until the module goes
 *
 * Context: any.
 * Return: how many; 0 for 0 and for what is no number.
 */
static unsigned int _stp_stack_of(unsigned long id, const unsigned long **entries)
{
	struct _stp_stack_slot *slot = &_stp_stack_slots[id - 1];

	if (!id || id > _STP_STACK_SLOTS)
		return 0;
	*entries = slot->entries;
	return smp_load_acquire(&slot->depth);
}

static int _stp_stack_ids_init(void)
{
	_stp_stack_slots = _stp_valloc(array_size(_STP_STACK_SLOTS, sizeof(*_stp_stack_slots)));
	return _stp_stack_slots ? 0 : -ENOMEM;
}

static void _stp_stack_ids_report(void)
{
	_stp_lost(atomic_long_read(&_stp_stacks_lost), "STACK_TABLE", STACK_TABLE,
		  "numbers of stacks, all %d were in use", STACK_TABLE);
}

static void _stp_stack_ids_exit(void)
{
	_stp_vfree(_stp_stack_slots);
}
