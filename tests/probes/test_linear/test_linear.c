// SPDX-License-Identifier: GPL-2.0
/* What is refused is said, see expected.txt. */

#define OVER (BUCKETS - 1)

/* The bucket that a value goes to. */
static int bucket_of(const stat *like, int64_t val)
{
	stat one = *like;
	int bucket = 0;

	_stp_stat_add(&one, val);
	while (!one.histogram[bucket])
		bucket++;
	return bucket;
}

/* -10 up to 25 by 10: four buckets, the last of half the width. */
static void test_edges(void)
{
	static const struct {
		int64_t val;
		int bucket;
	} cases[] = {
		{ S64_MIN, 0 }, { -11, 0 }, { -10, 1 }, { -1, 1 }, { 0, 2 },	 { 9, 2 },
		{ 10, 3 },	{ 19, 3 },  { 20, 4 },	{ 24, 4 }, { 25, OVER }, { S64_MAX, OVER },
	};
	stat line = { .count = 7 };
	int i;

	CHECK(_stp_stat_init_linear(&line, -10, 25, 10) == 0 && line.count == 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK(bucket_of(&line, cases[i].val) == cases[i].bucket);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		_stp_stat_add(&line, cases[i].val);
	CHECK(line.count == 12 && line.min == S64_MIN && line.max == S64_MAX);
	_stp_stat_print("edges", &line);
}

/* All of 64 bits, in three buckets. */
static void test_widest(void)
{
	stat wide;

	CHECK(_stp_stat_init_linear(&wide, S64_MIN, S64_MAX, S64_MAX) == 0);
	CHECK(bucket_of(&wide, S64_MIN) == 1 && bucket_of(&wide, -2) == 1);
	CHECK(bucket_of(&wide, -1) == 2 && bucket_of(&wide, S64_MAX - 2) == 2);
	CHECK(bucket_of(&wide, S64_MAX - 1) == 3);
	CHECK(bucket_of(&wide, S64_MAX) == OVER);
	_stp_stat_add(&wide, -1);
	_stp_stat_add(&wide, S64_MAX - 1);
	_stp_stat_print("widest", &wide);
}

static void test_refusals(void)
{
	stat as_it_was = { .count = 7 };

	CHECK(_stp_stat_init_linear(&as_it_was, 0, 10, 0) == -EINVAL);
	CHECK(_stp_stat_init_linear(&as_it_was, 0, 10, -1) == -EINVAL);
	CHECK(_stp_stat_init_linear(&as_it_was, 3, 3, 1) == -EINVAL);
	CHECK(_stp_stat_init_linear(&as_it_was, 4, 3, 1) == -EINVAL);
	CHECK(_stp_stat_init_linear(&as_it_was, 0, 181, 10) == -EINVAL);
	CHECK(_stp_stat_init_linear(&as_it_was, S64_MIN, S64_MAX, 1) == -EINVAL);
	CHECK(as_it_was.count == 7 && as_it_was.scale->interval == 0);
	CHECK(_stp_stat_init_linear(&as_it_was, 0, 180, 10) == 0); /* just fits */
	CHECK(bucket_of(&as_it_was, 179) == OVER - 1);
}

/* Runs of more than two empty buckets are one line; a stat without a scale beside them is logarithmic. */
static void test_bars(void)
{
	stat line, plain = {};
	int i;

	_stp_stat_init_linear(&line, 0, 180, 10);
	for (i = 0; i < 30; i++)
		_stp_stat_add(&line, i);
	for (i = 0; i < 1000; i++)
		_stp_stat_add(&line, 55);
	for (i = 0; i < 500; i++)
		_stp_stat_add(&line, 100);
	_stp_stat_add(&line, 1000);
	_stp_stat_print("bars", &line);
	_stp_stat_add(&plain, 55);
	_stp_stat_print_bars(&plain);
}

static void test_merge(void)
{
	stat line, other, empty = {}, plain = {};

	_stp_stat_init_linear(&line, 0, 180, 10);
	_stp_stat_init_linear(&other, 0, 180, 10);
	_stp_stat_add(&line, 35);
	_stp_stat_add(&other, 36);
	CHECK(_stp_stat_merge(&line, &other) == 0 && line.count == 2 && line.histogram[4] == 2);
	CHECK(_stp_stat_merge(&empty, &line) == 0 && !memcmp(&empty, &line, sizeof(line)));
	_stp_stat_add(&plain, 5);
	CHECK(_stp_stat_merge(&plain, &line) == -EINVAL && plain.count == 1 && plain.histogram[4] == 0);
	_stp_stat_init_linear(&other, 0, 180, 11);
	CHECK(_stp_stat_merge(&line, &other) == 0 && line.count == 2);
	_stp_stat_add(&other, 1);
	CHECK(_stp_stat_merge(&line, &other) == -EINVAL && line.count == 2);
}

static int probe_begin(void)
{
	test_edges();
	test_widest();
	test_refusals();
	test_bars();
	test_merge();
	return 0;
}

static void probe_end(void)
{
}
