// SPDX-License-Identifier: GPL-2.0
/*
 * maps: from one or two keys to a value, in order of insertion. This file: what a map is made of.
 *
 * An element (struct map_node) is in a hash table by its keys and in a list by age; a table with its list is a shard. A map
 * that all CPUs share (MAP) has one shard under one lock; a map per CPU (PMAP, in percpu_maps) has a shard for each.
 *
 * The key functions put a key into the cursor of their context (one for process code, and one for each handler
 * level on each CPU): two stores, no lock. The value functions search that key and act, in one step. So there is no
 * pointer to an element that another CPU could have replaced meanwhile: an element that another context deleted is, to
 * this one, an unset key, and adding to it creates it anew.
 *
 * Keys are words of 64 bits, told apart by their shape: an integer is one word, a string as many as it fills, with
 * zeros behind. Elements and cursors carry a tag: a lone integer is its own, other keys have a hash of their words. So most
 * searches end with one comparison of tags and one of shapes, and a module that has just integers holds nothing for strings.
 *
 * All elements are allocated by process code. A bounded map holds max_entries from its start; one with max_entries 0
 * takes them from a pool that a work item refills (see grow.c).
 *
 * While a shard is held nothing allocates, sleeps, prints, calls out of the module or touches foreign memory. An operation
 * that comes while this CPU holds one (an NMI, a probe on the slow path of a lock) is skipped and counted.
 */
#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/* Kinds of values: integers, strings (map_strings), statistics (map_stats). A value stands right behind its node. */
enum { _STP_KIND_INT64 = 1, _STP_KIND_STRING, _STP_KIND_STAT };

/* What a map's values are. A type carries its element's size, so that the map needs no table of types. */
#define _STP_VALTYPE(kind, node) ((kind) << 24 | sizeof(node))
#define _STP_NODE_SIZE(type) ((type) & 0xffffff)
#define _STP_KIND(type) ((type) & 0xff000000)

/**
 * struct map_node - an element; struct map_node_int64 and others put the value behind it
 * @hnode:  in the chain of its hash; unhashed when free
 * @tag:    of the keys
 * @shape:  kinds and lengths of the keys, and the kind of the value
 * @key:    words of the keys, the first key's first
 * @lnode:  in its shard's list, oldest first, or among the free elements
 * @serial: number of its creation in this map, ascending along the list
 */
struct map_node {
	struct hlist_node hnode;
	u64 tag;
	u32 shape;
	u64 *key;
	struct list_head lnode;
	u64 serial;
};

/* An element of a map of INT64. */
struct map_node_int64 {
	struct map_node n;
	int64_t val;
};

enum { INT64 = _STP_VALTYPE(_STP_KIND_INT64, struct map_node_int64) };

/* A key that a context has chosen; room for a copy of a value follows the words. A lone integer is in @tag only. */
struct _stp_map_cursor {
	u64 tag;
	u32 shape; /* 0: none */
	u32 words; /* of @key; 0 for a lone integer, all of which the tag is */
	u64 key[];
};

struct map_root;
struct pmap_root;
struct _stp_map_unkept;
struct _stp_map_chunk;

/* Refills the pool of a map that has no bound. */
struct _stp_map_growth {
	struct irq_work irq;
	struct work_struct work;
	struct map_root *map;
};

/* A table of elements. Who holds it alone: see locking. */
struct _stp_shard {
	struct hlist_head *chains;
	u64 mask; /* of a hash, to its chain */
	u32 count;
	u32 free_count;
	struct list_head nodes;
	struct list_head free;
	struct _stp_map_chunk *chunks;
};

/* What a map has on each CPU: its shard where it is a map per CPU, and the cursor of level 1; those of the others follow. */
struct _stp_cell {
	struct _stp_shard shard;
	struct _stp_map_cursor cursor;
};

/* Where a map was made, and how the probe wrote its bound there; for its final lines. */
struct _stp_map_origin {
	const char *place;
	const char *bound;
};

/*
 * Everything of one map; MAP points to it. It lies in per-CPU memory, as the first CPU's copy: so the others' cells (all that is used
 * of their copies) are found by adding to the pointer, without reading it.
 */
struct map_root {
	struct _stp_lock lock;
	u32 type;
	int no_wrap; /* what a new element does when all are in use: one of MAP_OVERFLOW_... */
	struct _stp_shard shard;
	struct map_root __percpu *memory;
	struct _stp_map_cursor *process;
	u32 cursor_size;
	u32 key_words;
	u32 max_entries;
	u32 number;
	atomic64_t serial;
	u64 last_key; /* of a list */
	void (*full)(struct map_root *map); /* what is to be done when an element was refused */
	struct _stp_map_growth *growth;
	void (*refill)(struct map_root *map);
	void (*destroy)(struct map_root *map);
	const struct _stp_map_origin *origin;
	struct _stp_map_unkept *unkept;
	void *extra; /* of the type of values, or NULL; freed with the map */
	void (*merge)(struct map_node *into, const struct map_node *from); /* of equal keys, on two CPUs */
	bool (*empty)(const struct map_node *node); /* whether that came to nothing */
	struct list_head maps;
	atomic_long_t replaced;
	atomic_long_t refused;
	atomic_long_t cut; /* strings, by map_strings */
	atomic_long_t mistaken;
	struct _stp_cell cell; /* the last: cursors follow */
};

typedef struct map_root *MAP;

/* A map per CPU begins with a struct map_root, so its keys are chosen by the same functions. */
typedef struct pmap_root *PMAP;

#define _STP_KEYED(map) _Generic((map), PMAP: (MAP)(map), default: (map))

/* What stands for the functions of percpu_maps where that is not there, and for what a map per CPU cannot do. */
void _stp_no_pmaps(PMAP map, ...)
	__compiletime_error("maps per CPU: add percpu_maps (and percpu_stats for STAT) to needs in probe.yaml");
void _stp_pmap_cannot_set(PMAP map, ...)
	__compiletime_error("a map per CPU only adds: values that are set have no sum over the CPUs; make it a MAP");
void _stp_pmap_cannot_delete(PMAP map, ...)
	__compiletime_error("a map per CPU deletes no single key: other CPUs may hold it, too; clear it, or make it a MAP");
int64_t _stp_pmap_cannot_read(PMAP map, ...)
	__compiletime_error("a map per CPU is read as a whole: by foreach, or from the MAP of _stp_map_snapshot()");
