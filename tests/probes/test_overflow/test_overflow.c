// SPDX-License-Identifier: GPL-2.0
/* Three elements are all that fit. */

static void count(MAP map, int64_t key)
{
	_stp_map_key_long(map, key);
	_stp_map_add_int64(map, 1);
}

/* Checks that the keys are @a, @b and @c, in this order. */
static bool keys_are(MAP map, int64_t a, int64_t b, int64_t c)
{
	struct map_node *node = _stp_map_start(map);
	int64_t keys[3] = { a, b, c };
	int i;

	for (i = 0; i < 3 && node; i++) {
		if (key1int(node) != keys[i])
			return false;
		node = _stp_map_iter(map, node);
	}
	return i == 3 && !node;
}

static void test_replacing(MAP map)
{
	int i;

	map->no_wrap = 0;
	for (i = 1; i <= 3; i++)
		count(map, i);
	CHECK(keys_are(map, 1, 2, 3));
	count(map, 4); /* replaces 1 */
	CHECK(keys_are(map, 2, 3, 4));
	CHECK(_stp_map_get_int64(map) == 1);
	count(map, 2); /* is there: replaces nothing, stays the oldest */
	CHECK(_stp_map_get_int64(map) == 2);
	CHECK(keys_are(map, 2, 3, 4));
	_stp_map_key_del(map);
	count(map, 5); /* takes the room of 2 */
	CHECK(keys_are(map, 3, 4, 5));
	for (i = 100; i < 200; i++)
		count(map, i);
	CHECK(keys_are(map, 197, 198, 199));
}

static void test_refusing(MAP map)
{
	int i;

	for (i = 1; i <= 5; i++)
		count(map, i); /* 4 and 5 are refused */
	CHECK(keys_are(map, 1, 2, 3));
	CHECK(_stp_map_get_int64(map) == 0);
	count(map, 3);
	CHECK(_stp_map_get_int64(map) == 2);
	_stp_map_key_del(map);
	count(map, 6);
	CHECK(keys_are(map, 1, 2, 6));
}

static void test_list(MAP list)
{
	int i;

	for (i = 1; i <= 5; i++)
		_stp_list_add(list, i);
	CHECK(keys_are(list, 1, 2, 3));
	CHECK(_stp_list_size(list) == 3);
	_stp_list_clear(list);
	list->no_wrap = 0;
	for (i = 1; i <= 5; i++)
		_stp_list_add(list, i);
	CHECK(keys_are(list, 3, 4, 5));
	CHECK(_stp_map_get_int64(list) == 5);
}

/* The same 50 keys are refused again and again, and the map knows that they are about 50. */
static void test_needed(MAP map)
{
	int round, key;
	u64 needed;

	for (round = 0; round < 20; round++)
		for (key = 1; key <= 150; key++)
			count(map, key);
	CHECK(atomic_long_read(&map->refused) == 20 * 50);
	needed = _stp_map_unkept_keys(map->unkept, 20 * 50);
	CHECK(needed >= 50 && needed <= 60);
	for (key = 1000; key < 1000 + 100 * 1000; key++)
		count(map, key); /* far beyond what the bits can tell: then each is taken for another */
	CHECK(_stp_map_unkept_keys(map->unkept, atomic_long_read(&map->refused)) == 101000);
	atomic_long_set(&map->refused, 0);
}

/* While interrupts are off on this CPU no work item runs for it, and so the pool stays as it is. */
static void test_pool(MAP map)
{
	unsigned long flags;
	int i;

	local_irq_save(flags);
	for (i = 1; i <= 10; i++)
		count(map, i); /* 9 and 10 are refused */
	local_irq_restore(flags);
	_stp_map_key_long(map, 8);
	CHECK(_stp_map_get_int64(map) == 1);
	_stp_map_key_long(map, 9);
	CHECK(_stp_map_get_int64(map) == 0);
}

static int probe_begin(void)
{
	MAP replacing = _stp_map_new(3, INT64);
	MAP refusing = _stp_map_new(3, INT64);
	MAP list = _stp_list_new(3, INT64);
	MAP pool = _stp_map_new(0, INT64), needed;

	if (!CHECK(replacing && refusing && list && pool))
		return -ENOMEM;
	test_replacing(replacing);
	test_refusing(refusing);
	test_list(list);
	test_pool(pool);
	needed = _stp_map_new(100, INT64);
	if (!CHECK(needed))
		return -ENOMEM;
	test_needed(needed);
	_stp_map_del(refusing); /* tells its losses at once */
	return 0;
}

static void probe_end(void)
{
}
