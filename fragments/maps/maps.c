// SPDX-License-Identifier: GPL-2.0
/*
 * maps: from one or two keys to a value, in order of insertion. This file: what a map is made of.
 *
 * An element (struct map_node) is in a hash table by its keys and in a list by age. Its keys are words of 64 bits, told
 * apart by their shape: an integer is one word, a string as many as it fills, with zeros behind. So the search knows
 * no kinds of keys, and a module that has just integers holds nothing for strings.
 *
 * The key functions put a key into the cursor of their context (one for process code, and one for each handler
 * level on each CPU): two stores and a hash, no lock. The value functions take the map's lock once, search the key
 * in the cursor and act. So there is no pointer to an element that another CPU could have replaced meanwhile: an
 * element that another context deleted is, to this one, an unset key, and adding to it creates it anew.
 *
 * All elements are allocated by process code. A bounded map holds max_entries from its start; one with max_entries 0
 * takes them from a pool that a work item refills (see grow.c).
 *
 * Under the lock nothing allocates, sleeps, prints or touches foreign memory. An operation that comes while this
 * CPU holds some map's lock (an NMI, a probe on a function called there) is skipped and counted.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/* What a map's values are. A type carries its element's size, so that the map needs no table of types. */
#define _STP_VALTYPE(kind, node) ((kind) << 24 | sizeof(node))
#define _STP_NODE_SIZE(type) ((type) & 0xffffff)

/**
 * struct map_node - an element; struct map_node_int64 and others put the value behind it
 * @lnode:  in the map's list, oldest first, or in its list of free elements
 * @hnode:  in the chain of its hash; unhashed when free
 * @serial: number of its creation in this map, ascending along the list
 * @hash:   of the keys
 * @shape:  kinds and lengths of the keys
 * @key:    words of the keys, the first key's first
 */
struct map_node {
	struct list_head lnode;
	struct hlist_node hnode;
	u64 serial;
	u32 hash;
	u32 shape;
	u64 *key;
};

/* An element of a map of INT64. */
struct map_node_int64 {
	struct map_node n;
	int64_t val;
};

enum { INT64 = _STP_VALTYPE(1, struct map_node_int64) };

/* A key that a context has chosen; room for a copy of a value follows the words. */
struct _stp_map_cursor {
	u32 shape; /* 0: none */
	u32 hash;
	u64 key[];
};

struct _stp_map_chunk;
struct map_root;

/* Refills the pool of a map that has no bound. */
struct _stp_map_growth {
	struct irq_work irq;
	struct work_struct work;
	struct map_root *map;
};

/* Everything of one map; MAP points to it. */
struct map_root {
	struct _stp_lock lock;
	u32 type;
	u32 shift; /* of a hash, to its chain */
	int no_wrap; /* when full: 0 replaces the oldest, 1 refuses the new */
	u32 count;
	struct hlist_head *chains;
	struct list_head nodes;
	struct list_head free;
	struct _stp_map_cursor *process;
	void __percpu *handlers[STP_LEVELS];
	u64 serial;
	u64 last_key; /* of a list */
	u32 key_words;
	u32 free_count;
	u32 max_entries;
	u32 number;
	struct _stp_map_chunk *chunks;
	struct _stp_map_growth *growth;
	struct list_head maps;
	atomic_long_t replaced;
	atomic_long_t full;
	atomic_long_t cut; /* strings, by map_strings */
	atomic_long_t mistaken;
};

typedef struct map_root *MAP;
