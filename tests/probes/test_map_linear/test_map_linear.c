// SPDX-License-Identifier: GPL-2.0
/* Buckets of ten from -20 to 60, and what is outside of them. */

/* The histogram's counts as the digits of a number. */
static int64_t digits_of(const stat *stats)
{
	int64_t digits = 0;
	int i;

	for (i = 0; i < BUCKETS; i++)
		digits = digits * 10 + stats->histogram[i];
	return digits;
}

static void test_elements(MAP map, MAP plain)
{
	int i;

	CHECK(_stp_map_linear(map, -20, 60, 10) == 0);
	for (i = -25; i < 66; i += 3) {
		_stp_map_key(map, i & 1);
		_stp_map_stat_add(map, i);
		_stp_map_key(plain, 1);
		_stp_map_stat_add(plain, i);
	}
	_stp_map_key(map, 0);
	CHECK(digits_of(_stp_map_get_stat(map)) == 112212212001);
	_stp_map_key(map, 1);
	CHECK(digits_of(_stp_map_get_stat(map)) == 122122122001);
	CHECK(_stp_map_get_stat(plain)->scale->interval == 0);
	CHECK(_stp_map_print(map, "key %1d: %C from %N to %X%H") == 2);
	CHECK(_stp_map_print(map, "%V without STAT_VARIANCE") == -EINVAL);
}

/* An element that is set keeps the scale of what it is set to; one that is deleted and made anew has the map's. */
static void test_setting(MAP map)
{
	stat other = {};

	_stp_stat_add(&other, 8);
	_stp_map_key(map, 0);
	_stp_map_set(map, &other);
	_stp_map_stat_add(map, 5);
	CHECK(_stp_map_get_stat(map)->scale->interval == 0 && _stp_map_get_stat(map)->histogram[3] == 1);
	_stp_map_key_del(map);
	_stp_map_key(map, 0);
	_stp_map_stat_add(map, 5);
	CHECK(_stp_map_get_stat(map)->scale->interval == 10 && digits_of(_stp_map_get_stat(map)) == 100000000);
}

/* The scale of a map may be changed, for the elements to come. */
static void test_change(MAP map)
{
	CHECK(_stp_map_linear(map, 0, 100, 50) == 0);
	_stp_map_key(map, 7);
	_stp_map_stat_add(map, 50);
	CHECK(_stp_map_get_stat(map)->histogram[2] == 1);
	CHECK(_stp_map_linear(map, 0, 1000, 50) == -EINVAL);
	CHECK(_stp_map_linear(map, 0, 0, 50) == -EINVAL);
	_stp_map_key(map, 8);
	_stp_map_stat_add(map, 50);
	CHECK(_stp_map_get_stat(map)->histogram[2] == 1);
}

static void test_percpu(PMAP map)
{
	struct map_node_stat *ptr;
	int i;

	CHECK(_stp_map_linear(map, -20, 60, 10) == 0);
	for (i = -25; i < 66; i += 3) {
		_stp_map_key(map, 1);
		_stp_map_stat_add(map, i);
	}
	foreach(map, ptr)
		CHECK(digits_of(&ptr->stats) == 234334334002 && ptr->stats.scale->stop == 60);
	CHECK(_stp_map_print(map, "per CPU: %C values") == 1);
	CHECK(_stp_map_print((PMAP)NULL, "no values") == 0);
}

static int probe_begin(void)
{
	MAP map = _stp_map_new(10, STAT), plain = _stp_map_new(10, STAT), numbers = _stp_map_new(1, INT64);
	PMAP percpu = _stp_pmap_new(10, STAT);

	if (!CHECK(map && plain && numbers && percpu))
		return -ENOMEM;
	test_elements(map, plain);
	test_setting(map);
	test_change(map);
	test_percpu(percpu);
	CHECK(_stp_map_linear((MAP)NULL, 0, 10, 1) == -EINVAL);
	CHECK(_stp_map_linear(numbers, 0, 10, 1) == -EINVAL);
	return 0;
}

static void probe_end(void)
{
}
