// SPDX-License-Identifier: GPL-2.0
/* Bucket 11, the last, counts what is 1024 or more. */

static void test_adding(MAP map)
{
	struct map_node_stat *ptr;
	stat *found;
	int i;

	_stp_map_key_str(map, "sizes");
	CHECK(!_stp_map_get_stat(map));
	_stp_map_stat_add(map, 0); /* counts */
	found = _stp_map_get_stat(map);
	CHECK(found && found->count == 1 && found->sum == 0 && found->min == 0 && found->max == 0);
	for (i = 1; i <= 100; i++)
		_stp_map_stat_add(map, i);
	found = _stp_map_get_stat(map);
	CHECK(found && found->count == 101 && found->sum == 5050 && found->min == 0 && found->max == 100);
	CHECK(found->histogram[0] == 1 && found->histogram[1] == 1 && found->histogram[2] == 2);
	CHECK(found->histogram[6] == 32 && found->histogram[7] == 37 && found->histogram[8] == 0);
	_stp_map_key_str(map, "others");
	_stp_map_stat_add(map, -3);
	foreach(map, ptr) {
		if (key1str(ptr)[0] == 's')
			CHECK(ptr->stats.sum == 5050);
		else
			CHECK(ptr->stats.min == -3 && ptr->stats.max == -3 && ptr->stats.histogram[0] == 1);
	}
}

static void test_setting(MAP map)
{
	stat empty = {}, one = {}, *found;

	_stp_stat_add(&one, 7);
	_stp_map_key(map, 1);
	_stp_map_set(map, &empty);
	CHECK(!_stp_map_start(map));
	_stp_map_key(map, 1);
	_stp_map_set(map, &one);
	_stp_map_stat_add(map, 9);
	found = _stp_map_get_stat(map);
	CHECK(found && found->count == 2 && found->sum == 16 && one.count == 1);
	_stp_map_set_stat(map, found);
	CHECK(_stp_map_get_stat(map)->sum == 16);
	_stp_map_set_stat(map, NULL);
	CHECK(!_stp_map_get_stat(map));
	_stp_map_stat_add(map, 1); /* none is chosen */
	_stp_map_set_stat(map, &one);
	CHECK(!_stp_map_start(map));
	_stp_map_key(map, 1);
	_stp_map_stat_add(map, 1); /* the element that was deleted left nothing behind */
	CHECK(_stp_map_get_stat(map)->count == 1);
	CHECK(_stp_map_get_stat(map)->histogram[3] == 0);
}

static void test_type(MAP map)
{
	_stp_map_key(map, "sizes");
	_stp_map_set(map, 1);
	_stp_map_set(map, "text");
	CHECK(_stp_map_get_stat(map)->count == 101);
}

static int probe_begin(void)
{
	MAP sizes = _stp_map_new(3, STAT);
	MAP set = _stp_map_new(1, STAT);
	struct map_node_stat *ptr;

	if (!CHECK(sizes && set))
		return -ENOMEM;
	test_adding(sizes);
	test_setting(set);
	test_type(sizes);
	foreach(sizes, ptr)
		_stp_stat_print(key1str(ptr), &ptr->stats);
	CHECK(_stp_map_print(sizes, "%1s has %C, on average %A") == 2);
	CHECK(_stp_map_print(sizes, "%H without map_print_stats") == -EINVAL);
	return 0;
}

static void probe_end(void)
{
}
