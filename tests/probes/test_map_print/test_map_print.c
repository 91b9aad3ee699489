// SPDX-License-Identifier: GPL-2.0
/* Each element has a letter of its own as its second key, so that a string tells an order. */

static void sorted(MAP map, int by, int dir, const char *order)
{
	struct map_node *ptr;

	CHECK(_stp_map_sort(map, by, dir) == 0);
	foreach(map, ptr) {
		CHECK(*order && key2str(ptr)[0] == *order);
		order++;
	}
	CHECK(!*order);
}

static MAP strings(void)
{
	static const char *const pairs[][3] = {
		{ "pear", "a", "yellow" }, { "apple", "b", "red" }, { "pea", "c", "green" },
		{ "", "d", "" },	   { "apple", "e", "a string that is too long" },
	};
	MAP map = _stp_map_new(10, STRING);
	int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		_stp_map_key2(map, pairs[i][0], pairs[i][1]);
		_stp_map_set(map, pairs[i][2]);
	}
	_stp_map_key2(map, 42, "f");
	_stp_map_set(map, "number");
	_stp_map_key2(map, -1, "g");
	_stp_map_set(map, "Number");
	return map;
}

static void test_strings(void)
{
	MAP map = strings(), lone = _stp_map_new(2, INT64);

	sorted(map, 0, 1, "dgecfba");
	sorted(map, 2, 1, "abcdefg");
	sorted(map, 1, 1, "gfdbeca"); /* integers first */
	sorted(map, 1, -1, "acbedfg");
	sorted(map, 0, -1, "abfcegd");
	CHECK(_stp_map_print(map, "%1s/%2s = %s") == 7);
	CHECK(_stp_map_printn(map, 3, "%1d, %1x: %1P") == 3);
	CHECK(_stp_map_print(map, "%d") == -EINVAL);
	CHECK(_stp_map_print(map, "%A") == -EINVAL);
	_stp_map_key(lone, "another that is too long");
	_stp_map_set(lone, 1);
	_stp_map_print(lone, "%1s: %d");
	_stp_map_key2(lone, "no", "second");
	_stp_map_set(lone, 1);
	CHECK(_stp_map_sort(lone, 2, -1) == 0);
	CHECK(_stp_map_printn(lone, 1, "no %2s is less than any") == 1);
}

static void add(MAP map, const char *key, int count, int64_t val)
{
	_stp_map_key2(map, count, key);
	while (count--)
		_stp_map_stat_add(map, val);
}

static void test_stats(void)
{
	MAP map = _stp_map_new(10, STAT);

	add(map, "a", 3, 100);
	add(map, "b", 5, -20);
	_stp_map_stat_add(map, 10); /* variance 125 */
	add(map, "c", 1, 1000);
	add(map, "d", 3, 7);
	_stp_map_stat_add(map, 9); /* average seven and a half */
	add(map, "e", 2, 7);
	sorted(map, 0, -1, "bdaec");
	sorted(map, SORT_COUNT, 1, "ceadb");
	sorted(map, SORT_SUM, -1, "cadeb");
	sorted(map, SORT_MIN, 1, "bdeac");
	sorted(map, SORT_MAX, 1, "edbac");
	sorted(map, SORT_AVG, -1, "cadeb");
	CHECK(_stp_map_sortn(map, 2, SORT_SUM, 1) == 0);
	CHECK(_stp_map_printn(map, 2, "%2s: %C values, %S in all, %N to %X, %A on average, variance %V") == 2);
	_stp_map_sort(map, SORT_MAX, -1);
	CHECK(_stp_map_printn(map, 1, "%H%2s of %1d") == 1);
	CHECK(_stp_map_print(map, "%d") == -EINVAL);
	CHECK(_stp_map_print(map, "%s") == -EINVAL);
}

static int probe_begin(void)
{
	test_strings();
	test_stats();
	return 0;
}

static void probe_end(void)
{
}
