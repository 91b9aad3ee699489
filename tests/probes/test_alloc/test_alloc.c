// SPDX-License-Identifier: GPL-2.0
/* What it lacks and what it leaks is in expected.txt. */
#include <linux/mm.h>

static bool all_zero(const char *memory, size_t size)
{
	return !memchr_inv(memory, 0, size);
}

static void test_success(void)
{
	char *a = _stp_alloc(100), *b = _stp_calloc(5000), *c = _stp_valloc(3 << 20);

	CHECK(a && b && c);
	if (a)
		memset(a, 1, 100);
	CHECK(b && all_zero(b, 5000));
	CHECK(c && all_zero(c, 3 << 20) && is_vmalloc_addr(c));
	_stp_free(a);
	_stp_free(b);
	_stp_vfree(c);
	_stp_free(NULL);
	_stp_vfree(NULL);
}

static void test_failure(void)
{
	MAP map;

	CHECK(!_stp_alloc(1ul << 40));
	CHECK(!_stp_calloc(SIZE_MAX));
	CHECK(!_stp_valloc(1ul << 46));
	map = _stp_map_new(4000000000, INT64);
	CHECK(!map);
	_stp_map_key(map, 1); /* and goes on without harm */
	_stp_map_set(map, 1);
	CHECK(_stp_map_get_int64(map) == 0);
}

static int probe_begin(void)
{
	test_success();
	test_failure();
	CHECK(_stp_alloc(1000)); /* never freed */
	CHECK(_stp_valloc(24));
	return 0;
}

static void probe_end(void)
{
}
