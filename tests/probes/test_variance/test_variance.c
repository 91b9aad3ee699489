// SPDX-License-Identifier: GPL-2.0
/* The expected figures were computed with integers of any length. */

static u64 variance_of(const int64_t *values, int count)
{
	stat stats = {};

	while (count--)
		_stp_stat_add(&stats, *values++);
	return _stp_stat_variance(&stats);
}

#define VARIANCE(...) variance_of((const int64_t[]){ __VA_ARGS__ }, sizeof((int64_t[]){ __VA_ARGS__ }) / 8)

static void test_known(void)
{
	stat empty = {};

	CHECK(_stp_stat_variance(&empty) == 0);
	CHECK(VARIANCE(5) == 0);
	CHECK(VARIANCE(2, 4, 4, 4, 5, 5, 7, 9) == 4);
	CHECK(VARIANCE(1, 2) == 0); /* a quarter, rounded down */
	CHECK(VARIANCE(-5, -4, 0) == 4); /* four and two thirds */
	CHECK(VARIANCE(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) == 8); /* eight and a quarter */
}

static void test_extremes(void)
{
	CHECK(VARIANCE(S64_MIN) == 0);
	CHECK(VARIANCE(S64_MIN, S64_MIN, S64_MIN, S64_MIN, S64_MIN) == 0);
	CHECK(VARIANCE(S64_MAX, S64_MAX - 2) == 1); /* their sum wraps around */
	CHECK(VARIANCE(S64_MIN, S64_MAX) == U64_MAX);
	CHECK(VARIANCE(0, (1ll << 33) - 1) == 18446744069414584320ull);
	CHECK(VARIANCE(0, 1ll << 33) == U64_MAX); /* 2^64, just too much */
}

/* As many values as there can be: the numerator needs all of its bits. */
static void test_many(void)
{
	stat high = {}, low = {};
	int i;

	_stp_stat_add(&high, S64_MAX);
	_stp_stat_add(&high, S64_MAX - 2);
	_stp_stat_add(&low, S64_MIN);
	_stp_stat_add(&low, S64_MIN + 6);
	for (i = 0; i < 61; i++) {
		CHECK(_stp_stat_merge(&high, &high) == 0 && _stp_stat_variance(&high) == 1);
		CHECK(_stp_stat_merge(&low, &low) == 0 && _stp_stat_variance(&low) == 9);
	}
	CHECK(high.count == 1ll << 62);
}

/* A thousand numbers without a pattern, added to one or split between two. */
static void test_random(void)
{
	stat all = {}, odd = {}, even = {};
	u64 state = 1;
	int i;

	for (i = 0; i < 1000; i++) {
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		_stp_stat_add(&all, (int64_t)state >> 32);
		_stp_stat_add(i & 1 ? &odd : &even, (int64_t)state >> 32);
	}
	CHECK(_stp_stat_variance(&all) == 1533355057313368839ull);
	CHECK(_stp_stat_merge(&odd, &even) == 0 && !memcmp(&odd, &all, sizeof(all)));
	_stp_stat_print("random", &all);
}

static int probe_begin(void)
{
	test_known();
	test_extremes();
	test_many();
	test_random();
	return 0;
}

static void probe_end(void)
{
}
