// SPDX-License-Identifier: GPL-2.0
/* Ties keep the order in which elements were made; what is printed, and in which order, is in expected.txt, by its numbers. */

static void fill(MAP map)
{
	static const int64_t pairs[][3] = {
		{ 5, 1, 30 }, { 1, 2, 10 }, { S64_MIN, 3, 30 }, { S64_MAX, 4, -7 }, { 1, 5, 30 }, { 0, 6, 10 }, { -1, 7, 20 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		_stp_map_key2(map, pairs[i][0], pairs[i][1]);
		_stp_map_set(map, pairs[i][2]);
	}
}

/* The second keys, which say who is who, as the digits of a number. */
static int order_of(MAP map)
{
	struct map_node_int64 *ptr;
	int digits = 0;

	foreach(map, ptr)
		digits = digits * 10 + (int)key2int(ptr);
	return digits;
}

static int sorted(int by, int dir)
{
	MAP map = _stp_map_new(20, INT64);
	int digits;

	fill(map);
	CHECK(order_of(map) == 1234567);
	CHECK(_stp_map_sort(map, by, dir) == 0);
	digits = order_of(map);
	_stp_map_del(map);
	return digits;
}

static int first_of_sorted(int n, int by, int dir)
{
	MAP map = _stp_map_new(20, INT64);
	int digits, i;

	fill(map);
	CHECK(_stp_map_sortn(map, n, by, dir) == 0);
	digits = order_of(map);
	for (i = n; i < 7; i++)
		digits /= 10;
	_stp_map_del(map);
	return digits;
}

static void test_sorting(void)
{
	CHECK(sorted(0, 1) == 4267135);
	CHECK(sorted(0, -1) == 1357264);
	CHECK(sorted(1, 1) == 3762514);
	CHECK(sorted(1, -1) == 4125673);
	CHECK(sorted(2, -1) == 7654321);
	CHECK(sorted(2, 0) == 1234567);
	CHECK(first_of_sorted(1, 0, -1) == 1);
	CHECK(first_of_sorted(2, 0, -1) == 13);
	CHECK(first_of_sorted(4, 0, -1) == 1357);
	CHECK(first_of_sorted(3, 0, 1) == 426);
	CHECK(first_of_sorted(5, 1, 1) == 37625);
	CHECK(first_of_sorted(6, 1, -1) == 412567);
	CHECK(first_of_sorted(7, 1, -1) == 4125673);
}

/* What is sorted is the map: it is found, deleted, added to and replaced as ever. */
static void test_use_after_sorting(void)
{
	MAP map = _stp_map_new(7, INT64);

	fill(map);
	_stp_map_sort(map, 1, 1);
	_stp_map_key2(map, 1, 5);
	CHECK(_stp_map_get_int64(map) == 30);
	_stp_map_key_del(map);
	_stp_map_key2(map, 0, 8);
	_stp_map_set(map, 1);
	CHECK(order_of(map) == 3762148);
	_stp_map_key2(map, 0, 9);
	_stp_map_set(map, 1); /* full: the first one goes */
	CHECK(order_of(map) == 7621489);
	CHECK(_stp_map_sortn(map, 100, 2, 1) == 0 && order_of(map) == 1246789);
	CHECK(_stp_map_sortn(map, 0, 2, -1) == 0 && order_of(map) == 9876421);
	CHECK(_stp_map_sortn(map, -1, 2, 1) == 0 && order_of(map) == 1246789);
	_stp_map_del(map);
}

/* Many elements: a pseudo-random order, sorted both ways, and the first few of them. */
static void test_many(void)
{
	MAP map = _stp_map_new(10000, INT64);
	struct map_node_int64 *ptr;
	int64_t before, right;
	int i;

	for (i = 1; i <= 10000; i++) {
		_stp_map_key2(map, i, i * 7919 % 10007);
		_stp_map_set(map, i);
	}
	CHECK(_stp_map_sortn(map, 20, 2, -1) == 0);
	right = i = 0;
	before = S64_MAX;
	foreach(map, ptr) {
		if (i++ < 20)
			right += key2int(ptr) < before && key2int(ptr) > 10007 - 40;
		before = key2int(ptr);
	}
	CHECK(i == 10000 && right == 20);
	CHECK(_stp_map_sort(map, 2, 1) == 0);
	right = before = 0;
	foreach(map, ptr) {
		right += key2int(ptr) > before;
		before = key2int(ptr);
	}
	CHECK(right == 10000);
	_stp_map_del(map);
}

static void test_printing(void)
{
	MAP map = _stp_map_new(20, INT64), empty = _stp_map_new(1, INT64), one = _stp_map_new(1, INT64);

	fill(map);
	_stp_map_sort(map, 0, -1);
	_stp_print_buf("what was in the buffer");
	CHECK(_stp_map_print(map, "%1d and %2d: %d") == 7);
	CHECK(_stp_map_printn(map, 2, "100%% %1s %s%%") == -EINVAL);
	CHECK(_stp_map_printn(map, 2, "100%% %1s %x%%") == 2);
	CHECK(_stp_map_printn(map, 1, "%1x\n%2x\n") == 1);
	CHECK(_stp_map_printn(map, 8, "") == 7);
	CHECK(_stp_map_printn(map, 0, "all of %2d") == 7);
	CHECK(_stp_map_print(empty, "never %d") == 0 && _stp_map_sort(empty, 0, 1) == 0);
	CHECK(_stp_map_sortn(empty, 3, 0, 1) == 0 && order_of(empty) == 0);
	CHECK(_stp_map_print(NULL, "never %d") == 0 && _stp_map_sort(NULL, 0, 1) == 0 && _stp_map_sortn(NULL, 3, 0, 1) == 0);
	_stp_map_key(one, 7);
	_stp_map_set(one, 42);
	CHECK(_stp_map_print(one, "one key: %1d, no second: %2d%2s, no symbol: %P") == 1);
	CHECK(_stp_map_sort(one, 2, 1) == 0);
}

static void test_refusals(void)
{
	MAP map = _stp_map_new(20, INT64);

	fill(map);
	CHECK(_stp_map_print(map, "%1d %q") == -EINVAL);
	CHECK(_stp_map_print(map, "%1q") == -EINVAL);
	CHECK(_stp_map_print(map, "%3d") == -EINVAL);
	CHECK(_stp_map_print(map, "%-5d") == -EINVAL);
	CHECK(_stp_map_print(map, "%d %") == -EINVAL);
	CHECK(_stp_map_print(map, "%d %1") == -EINVAL);
	CHECK(_stp_map_print(map, "%1%") == -EINVAL);
	CHECK(_stp_map_print(map, "%C") == -EINVAL);
	CHECK(_stp_map_print(map, "%H") == -EINVAL);
	CHECK(_stp_map_sort(map, 3, 1) == -EINVAL);
	CHECK(_stp_map_sort(map, -6, 1) == -EINVAL);
	CHECK(_stp_map_sort(map, SORT_SUM, 1) == -EINVAL);
	CHECK(order_of(map) == 1234567);
}

static int probe_begin(void)
{
	test_sorting();
	test_use_after_sorting();
	test_many();
	test_printing();
	test_refusals();
	return 0;
}

static void probe_end(void)
{
}
