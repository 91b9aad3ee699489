// SPDX-License-Identifier: GPL-2.0
/* With two chains nearly all keys collide. */
#include <linux/delay.h>

static void test_zero(MAP map)
{
	CHECK(_stp_map_get_int64(map) == 0);
	_stp_map_set_int64(map, 5);
	_stp_map_key_del(map);
	CHECK(!_stp_map_start(map));

	_stp_map_key_long(map, 1);
	CHECK(_stp_map_get_int64(map) == 0);
	_stp_map_set_int64(map, 0);
	_stp_map_add_int64(map, 0);
	CHECK(!_stp_map_start(map));

	_stp_map_key_del(map);
	_stp_map_set_int64(map, 3); /* there was nothing to delete: the key is still chosen */
	_stp_map_add_int64(map, 4);
	CHECK(_stp_map_get_int64(map) == 7);
	_stp_map_set_int64(map, 0);
	CHECK(_stp_map_get_int64(map) == 0);
	_stp_map_add_int64(map, 1);
	CHECK(!_stp_map_start(map));

	_stp_map_key_long(map, 1);
	_stp_map_add_int64(map, 5);
	_stp_map_add_int64(map, -5);
	CHECK(_stp_map_get_int64(map) == 0);
	CHECK(_stp_map_start(map)); /* a sum of 0 stays an element */
	_stp_map_key_del(map);
	CHECK(!_stp_map_start(map));
}

static void test_null(void)
{
	struct map_node_int64 *ptr;

	_stp_map_key_long(NULL, 1);
	_stp_map_key_long_long(NULL, 1, 2);
	_stp_map_set_int64(NULL, 1);
	_stp_map_add_int64(NULL, 1);
	_stp_map_key_del(NULL);
	_stp_map_del(NULL);
	CHECK(_stp_map_get_int64(NULL) == 0);
	CHECK(!_stp_map_start(NULL));
	CHECK(!_stp_map_iter(NULL, NULL));
	foreach(NULL, ptr)
		CHECK(false);
}

static void test_extremes(MAP map)
{
	_stp_map_key(map, S64_MIN);
	_stp_map_set(map, S64_MAX);
	_stp_map_key(map, S64_MAX);
	_stp_map_set(map, S64_MIN);
	_stp_map_key(map, 0);
	_stp_map_set(map, -1);
	_stp_map_key(map, -1);
	_stp_map_set(map, 1u);
	_stp_map_key(map, S64_MIN);
	CHECK(_stp_map_get_int64(map) == S64_MAX);
	_stp_map_add_int64(map, 1);
	CHECK(_stp_map_get_int64(map) == S64_MIN); /* wraps around */
	_stp_map_key(map, S64_MAX);
	CHECK(_stp_map_get_int64(map) == S64_MIN);
	_stp_map_key(map, 0);
	CHECK(_stp_map_get_int64(map) == -1);
	_stp_map_key(map, -1);
	CHECK(_stp_map_get_int64(map) == 1);
}

static void test_two_keys(MAP map)
{
	struct map_node_int64 *ptr;
	int i, j, seen = 0;

	for (i = 0; i < 4; i++)
		for (j = 0; j < 4; j++) {
			_stp_map_key2(map, i, j);
			_stp_map_set(map, 10 * i + j + 1);
		}
	_stp_map_key_long_long(map, 1, 2);
	CHECK(_stp_map_get_int64(map) == 13);
	_stp_map_key_long_long(map, 2, 1);
	CHECK(_stp_map_get_int64(map) == 22);
	_stp_map_key_long(map, 1);
	CHECK(_stp_map_get_int64(map) == 0); /* one key is another kind than two */
	_stp_map_set_int64(map, 99);
	foreach(map, ptr) {
		if (seen < 16) {
			CHECK(key1int(ptr) == seen / 4);
			CHECK(key2int(ptr) == seen % 4);
			CHECK(ptr->val == 10 * (seen / 4) + seen % 4 + 1);
		} else {
			CHECK(key1int(ptr) == 1 && key2int(ptr) == 0 && ptr->val == 99);
		}
		seen++;
	}
	CHECK(seen == 17);
}

/* Checks that the keys are those of @keys, which ends with 0, in this order. */
static bool keys_are(MAP map, const int *keys)
{
	struct map_node_int64 *ptr;

	foreach(map, ptr) {
		if (key1int(ptr) != *keys || ptr->val != *keys * 10)
			return false;
		keys++;
	}
	return *keys == 0;
}

static void put(MAP map, int64_t key)
{
	_stp_map_key_long(map, key);
	_stp_map_set_int64(map, key * 10);
}

static void drop(MAP map, int64_t key)
{
	_stp_map_key_long(map, key);
	_stp_map_key_del(map);
}

static void test_deletion(MAP map)
{
	int i;

	for (i = 1; i <= 6; i++)
		put(map, i);
	CHECK(keys_are(map, (int[]){ 1, 2, 3, 4, 5, 6, 0 }));
	drop(map, 1);
	CHECK(keys_are(map, (int[]){ 2, 3, 4, 5, 6, 0 }));
	drop(map, 6);
	CHECK(keys_are(map, (int[]){ 2, 3, 4, 5, 0 }));
	drop(map, 3);
	CHECK(keys_are(map, (int[]){ 2, 4, 5, 0 }));
	drop(map, 3);
	CHECK(keys_are(map, (int[]){ 2, 4, 5, 0 }));
	put(map, 3);
	put(map, 2); /* setting again keeps its place */
	CHECK(keys_are(map, (int[]){ 2, 4, 5, 3, 0 }));
	put(map, 1);
	CHECK(keys_are(map, (int[]){ 2, 4, 5, 3, 1, 0 }));
	for (i = 1; i <= 6; i++)
		drop(map, i);
	CHECK(keys_are(map, (int[]){ 0 }));
	for (i = 1; i <= 6; i++)
		put(map, i);
	CHECK(keys_are(map, (int[]){ 1, 2, 3, 4, 5, 6, 0 }));
}

static void test_iteration(MAP map)
{
	struct map_node_int64 *ptr, *inner;
	struct map_node *node;
	int seen = 0, pairs = 0;

	for (node = _stp_map_start(map); node; node = _stp_map_iter(map, node)) {
		seen++;
		CHECK(key1int(node) == seen);
	}
	CHECK(seen == 6);
	foreach(map, ptr)
		foreach(map, inner)
			pairs++;
	CHECK(pairs == 36);
	_stp_map_key_long(map, 4);
	foreach(map, ptr) /* leaves the current key alone */
		CHECK(_stp_map_get_int64(map) == 40);
	seen = 0;
	foreach(map, ptr) { /* the element of the step may go, and come back as another */
		seen++;
		if (key1int(ptr) % 2) {
			drop(map, key1int(ptr));
			if (seen == 1)
				put(map, 7);
		}
	}
	CHECK(seen == 7);
	CHECK(keys_are(map, (int[]){ 2, 4, 6, 0 }));
	node = _stp_map_start(map);
	drop(map, 2);
	CHECK(key1int(_stp_map_iter(map, node)) == 4);
}

static void test_growing(MAP map)
{
	struct map_node_int64 *ptr;
	int i, tries = 0, seen = 0;

	for (i = 1; i <= 100; i++) {
		put(map, i);
		while (_stp_map_get_int64(map) != i * 10 && tries++ < 10000) { /* the pool was empty: wait for its work item */
			msleep(1);
			put(map, i);
		}
	}
	foreach(map, ptr)
		CHECK(key1int(ptr) == ++seen);
	CHECK(seen == 100 && map->shard.count == 100);
	atomic_long_set(&map->refused, 0); /* how often it was empty hangs on the work item's speed */
}

static int probe_begin(void)
{
	MAP maps[5];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(maps) - 1; i++) {
		maps[i] = _stp_map_new(17, INT64);
		if (!CHECK(maps[i]))
			return -ENOMEM;
	}
	maps[i] = _stp_map_new(0, INT64);
	if (!CHECK(maps[i]))
		return -ENOMEM;
	test_null();
	test_zero(maps[0]);
	test_extremes(maps[1]);
	test_two_keys(maps[2]);
	test_deletion(maps[3]);
	test_iteration(maps[3]);
	test_growing(maps[4]);
	_stp_map_del(maps[0]);
	return 0;
}

static void probe_end(void)
{
}
