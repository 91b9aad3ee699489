// SPDX-License-Identifier: GPL-2.0
/* 65 buckets hold every power of two of 64 bits, each apart. */

static stat all;
static stat few;

static void test_extremes(void)
{
	int i;

	CHECK(_stp_stat_average(&all) == 0);
	_stp_stat_add(&all, S64_MIN);
	CHECK(all.count == 1 && all.min == S64_MIN && all.max == S64_MIN && all.sum == S64_MIN);
	CHECK(_stp_stat_average(&all) == S64_MIN);
	_stp_stat_add(&all, S64_MAX);
	CHECK(all.count == 2 && all.min == S64_MIN && all.max == S64_MAX && all.sum == -1);
	CHECK(_stp_stat_average(&all) == 0); /* towards zero */
	_stp_stat_add(&all, 0);
	_stp_stat_add(&all, -1);
	CHECK(all.histogram[0] == 3 && all.histogram[63] == 1 && all.histogram[64] == 0);
	for (i = 0; i < 63; i++) {
		_stp_stat_add(&all, 1ll << i);
		CHECK(all.histogram[i + 1] == (i == 62 ? 2 : 1));
	}
	for (i = 1; i < 63; i++) {
		_stp_stat_add(&all, (1ll << i) - 1);
		CHECK(all.histogram[i] == 2);
	}
	CHECK(all.count == 129);
}

static void test_figures(void)
{
	int i;

	for (i = -2; i < 400; i++)
		_stp_stat_add(&few, i);
	_stp_stat_add(&few, 70000);
	CHECK(few.count == 403 && few.min == -2 && few.max == 70000 && few.sum == 149797);
	CHECK(_stp_stat_average(&few) == 371);
	_stp_stat_print("few", &few);
	_stp_stat_print("none", &(stat){});
}

/* Values split between two stats, merged, are as if added to one; in both orders, and with empty ones. */
static void test_merge(void)
{
	static stat odd, even, both, empty;
	int i;

	for (i = -9; i < 3000; i += 7) {
		_stp_stat_add(i & 1 ? &odd : &even, i * i * i);
		_stp_stat_add(&both, i * i * i);
	}
	CHECK(odd.count && even.count && _stp_stat_merge(&odd, &even) == 0);
	CHECK(!memcmp(&odd, &both, sizeof(both)));
	CHECK(_stp_stat_merge(&odd, &empty) == 0 && !memcmp(&odd, &both, sizeof(both)));
	CHECK(_stp_stat_merge(&empty, &odd) == 0 && !memcmp(&empty, &both, sizeof(both)));
	_stp_stat_merge(&empty, &all);
	CHECK(empty.min == S64_MIN && empty.max == S64_MAX && empty.count == both.count + all.count);
	CHECK(empty.sum == both.sum + all.sum && empty.histogram[64] == 0 && empty.histogram[63] == 2 + both.histogram[63]);
}

static int probe_begin(void)
{
	test_extremes();
	test_merge();
	test_figures();
	return 0;
}

static void probe_end(void)
{
}
