// SPDX-License-Identifier: GPL-2.0
/*
 * The table follows max_entries: with as many elements, its chains are half full to full. Where N keys fall into M chains at random, the
 * search for one passes 1 + (N - 1) / 2M elements on the average, its own included. Each kind of keys comes to within 10 % of that
 * (or below: keys in a row may be spread more evenly than at random).
 */
#include <linux/math64.h>
#include <linux/sched.h>

#define MANY 100000
#define BASE 0xffff888000000000ull /* where x86-64 has its memory */

static u64 seed = 1;

/* Random numbers, the same each time (xorshift). */
static u64 any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Elements passed by searches for each key, in thousandths of one search. */
static u64 passed(MAP map)
{
	u64 sum = 0, chain, length;
	struct map_node *node;

	for (chain = 0; chain <= map->shard.mask; chain++) {
		length = 0;
		hlist_for_each_entry(node, &map->shard.chains[chain], hnode)
			sum += ++length;
	}
	return div64_u64(sum * 1000, map->shard.count);
}

static void check_chains(MAP map, u32 count)
{
	u64 chains = map->shard.mask + 1;
	u64 ideal = 1000 + div64_u64((count - 1) * 500ull, chains);

	CHECK(map->shard.count == count);
	CHECK(chains >= count && chains < 2 * count);
	if (!CHECK(passed(map) * 10 <= ideal * 11))
		pr_err("%u keys: %llu thousandths, ideal %llu\n", count, passed(map), ideal);
}

/* @count keys of one kind. */
static void test_keys(u32 count, u64 (*key)(u32 i))
{
	MAP map = _stp_map_new(count, INT64);
	u32 i;

	if (!CHECK(map))
		return;
	for (i = 0; i < count; i++) {
		_stp_map_key_long(map, key(i));
		_stp_map_add_int64(map, 1);
		if (i % 1024 == 0)
			cond_resched();
	}
	check_chains(map, count);
	_stp_map_del(map);
}

static u64 pid(u32 i)
{
	return 300 + i;
}

static u64 page(u32 i)
{
	return BASE + (u64)i * PAGE_SIZE;
}

static u64 huge_page(u32 i)
{
	return BASE + (u64)i * 65536;
}

static u64 random_key(u32 i)
{
	return any();
}

static void test_strings(u32 count)
{
	MAP map = _stp_map_new(count, INT64);
	char name[64];
	u32 i;

	if (!CHECK(map))
		return;
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "/usr/lib/x86_64-linux-gnu/a-long-prefix/lib%u.so", i);
		_stp_map_key_str(map, name);
		_stp_map_add_int64(map, 1);
	}
	check_chains(map, count);
	_stp_map_del(map);
}

static void test_pairs(u32 count)
{
	MAP map = _stp_map_new(count, INT64);
	u32 i;

	if (!CHECK(map))
		return;
	for (i = 0; i < count; i++) {
		_stp_map_key_long_long(map, 300 + i / 10, i % 10);
		_stp_map_add_int64(map, 1);
	}
	check_chains(map, count);
	_stp_map_del(map);
}

static int probe_begin(void)
{
	static const u32 counts[] = { 100, 1000, 3000, 10000, MANY };
	int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		test_keys(counts[i], pid);
		test_keys(counts[i], page);
		test_keys(counts[i], huge_page);
		cond_resched();
	}
	test_keys(MANY, random_key);
	test_keys(1000, random_key);
	test_strings(10000);
	test_strings(1000);
	test_pairs(10000);
	return 0;
}

static void probe_end(void)
{
}
