// SPDX-License-Identifier: GPL-2.0
/* A string of up to 20 bytes is kept whole. */
#define TWENTY "12345678901234567890"
#define ELLIPSIS "\xe2\x80\xa6"

static void test_keys(MAP map)
{
	static const char *const names[] = { "", "a", "b", "1234567", "12345678", "123456789", TWENTY };
	char comm[16] = "1234567";
	struct map_node_int64 *ptr;
	int i, seen = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		_stp_map_key_str(map, names[i]);
		CHECK(_stp_map_get_int64(map) == 0);
		_stp_map_set_int64(map, i + 1);
	}
	foreach(map, ptr) {
		CHECK_STR(key1str(ptr), names[seen]);
		CHECK(key1int(ptr) == 0);
		CHECK_STR(key2str(ptr), "");
		CHECK(ptr->val == ++seen);
	}
	CHECK(seen == ARRAY_SIZE(names));
	_stp_map_key(map, comm); /* an array is a string, too */
	CHECK(_stp_map_get_int64(map) == 4);
	_stp_map_key(map, "");
	_stp_map_key_del(map);
	CHECK_STR(key1str(_stp_map_start(map)), "a");
	_stp_map_key_str(map, NULL);
	_stp_map_set_int64(map, 9);
	CHECK(_stp_map_get_int64(map) == 0);
}

static void test_kinds(MAP map)
{
	struct map_node_int64 *ptr;
	int seen = 0;

	_stp_map_key(map, 0);
	_stp_map_set(map, 1);
	_stp_map_key(map, ""); /* a word of zeros, as the key before, but of another kind */
	_stp_map_set(map, 2);
	_stp_map_key2(map, 0, 0);
	_stp_map_set(map, 3);
	_stp_map_key2(map, 0, "");
	_stp_map_set(map, 4);
	_stp_map_key2(map, "", 0);
	_stp_map_set(map, 5);
	_stp_map_key2(map, "", "");
	_stp_map_set(map, 6);
	foreach(map, ptr)
		CHECK(ptr->val == ++seen);
	CHECK(seen == 6);
	_stp_map_key_long_str(map, 0, "");
	CHECK(_stp_map_get_int64(map) == 4);
	_stp_map_key_str_long(map, "", 0);
	CHECK(_stp_map_get_int64(map) == 5);
	_stp_map_key_str_str(map, "", "");
	CHECK(_stp_map_get_int64(map) == 6);
}

static void test_two_keys(MAP map)
{
	struct map_node_int64 *ptr;

	_stp_map_key_str_str(map, "ab", "c");
	_stp_map_set_int64(map, 1);
	_stp_map_key_str_str(map, "a", "bc");
	CHECK(_stp_map_get_int64(map) == 0);
	_stp_map_set_int64(map, 2);
	_stp_map_key_str_str(map, TWENTY, TWENTY);
	_stp_map_set_int64(map, 3);
	_stp_map_key_str_long(map, TWENTY, -7);
	_stp_map_set_int64(map, 4);
	_stp_map_key_long_str(map, -7, TWENTY);
	_stp_map_set_int64(map, 5);
	_stp_map_key_str_str(map, "ab", "c");
	CHECK(_stp_map_get_int64(map) == 1);
	foreach(map, ptr) {
		if (ptr->val == 3) {
			CHECK_STR(key1str(ptr), TWENTY);
			CHECK_STR(key2str(ptr), TWENTY);
		} else if (ptr->val == 4) {
			CHECK_STR(key1str(ptr), TWENTY);
			CHECK(key2int(ptr) == -7);
		} else if (ptr->val == 5) {
			CHECK(key1int(ptr) == -7);
			CHECK_STR(key2str(ptr), TWENTY);
		}
	}
	_stp_map_key_str_str(map, "a", NULL);
	_stp_map_set_int64(map, 9);
	_stp_map_key_long_str(map, 1, NULL);
	_stp_map_set_int64(map, 9);
	_stp_map_key_str_long(map, NULL, 1);
	_stp_map_set_int64(map, 9);
	foreach(map, ptr)
		CHECK(ptr->val != 9);
}

static void test_values(MAP map)
{
	struct map_node_str *ptr;
	char *first;

	_stp_map_key(map, 1);
	CHECK(!_stp_map_get_str(map));
	_stp_map_set_str(map, NULL);
	CHECK(!_stp_map_start(map));
	_stp_map_key(map, 1);
	_stp_map_set(map, "one");
	first = _stp_map_get_str(map);
	CHECK_STR(first, "one");
	_stp_map_key(map, "two");
	_stp_map_set(map, TWENTY);
	CHECK_STR(_stp_map_get_str(map), TWENTY);
	_stp_map_set_str(map, ""); /* a string, not none */
	CHECK_STR(_stp_map_get_str(map), "");
	_stp_map_key(map, 1);
	_stp_map_set_str(map, _stp_map_get_str(map));
	foreach(map, ptr)
		CHECK_STR(ptr->str, key1int(ptr) ? "one" : "");
	_stp_map_key(map, 1);
	_stp_map_set_str(map, NULL);
	CHECK(!_stp_map_get_str(map));
	_stp_map_set_str(map, "none is chosen");
	_stp_map_key(map, 1);
	CHECK(!_stp_map_get_str(map));
	CHECK_STR(key1str(_stp_map_start(map)), "two");
}

/* 5 ends of strings are lost here, and said so at unload. */
static void test_too_long(MAP map)
{
	_stp_map_key_str(map, TWENTY "1");
	_stp_map_set_str(map, TWENTY "1");
	CHECK_STR(_stp_map_get_str(map), "12345678901234567" ELLIPSIS);
	CHECK_STR(key1str(_stp_map_start(map)), "12345678901234567" ELLIPSIS);
	_stp_map_key_str(map, TWENTY "2"); /* begins alike, so it is the same */
	CHECK(_stp_map_get_str(map));
	_stp_map_key_str_str(map, TWENTY, "1234567890123456\xc3\xa4_1234"); /* not half an umlaut */
	_stp_map_set_str(map, "12345678901234567890\xc3\xa4");
	CHECK_STR(key2str(_stp_map_iter(map, _stp_map_start(map))), "1234567890123456" ELLIPSIS);
	CHECK_STR(_stp_map_get_str(map), "12345678901234567" ELLIPSIS);
}

static void test_other_type(MAP strings, MAP integers)
{
	_stp_map_key(strings, 7);
	_stp_map_set(strings, 1);
	_stp_map_add_int64(strings, 1);
	CHECK(!_stp_map_get_int64(strings));
	_stp_map_key(integers, 7);
	_stp_map_set(integers, "seven");
	CHECK(!_stp_map_get_str(integers));
	CHECK(!_stp_map_get_int64(integers));
}

static int probe_begin(void)
{
	MAP counts = _stp_map_new(10, INT64);
	MAP kinds = _stp_map_new(10, INT64);
	MAP pairs = _stp_map_new(10, INT64);
	MAP strings = _stp_map_new(10, STRING);
	MAP cut = _stp_map_new(10, STRING);

	if (!CHECK(counts && kinds && pairs && strings && cut))
		return -ENOMEM;
	test_keys(counts);
	test_kinds(kinds);
	test_two_keys(pairs);
	test_values(strings);
	test_too_long(cut);
	test_other_type(strings, counts);
	return 0;
}

static void probe_end(void)
{
}
