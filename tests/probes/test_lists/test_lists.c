// SPDX-License-Identifier: GPL-2.0

static void test_integers(MAP list)
{
	struct map_node_int64 *ptr;
	int i, seen = 0;

	CHECK(_stp_list_size(list) == 0);
	for (i = 0; i < 5; i++) {
		_stp_list_add_int64(list, i * i); /* 0 is kept */
		CHECK(_stp_map_get_int64(list) == i * i);
	}
	CHECK(_stp_list_size(list) == 5);
	foreach(list, ptr) {
		CHECK(ptr->val == seen * seen);
		CHECK(key1int(ptr) == ++seen);
	}
	CHECK(seen == 5);
	_stp_map_key_long(list, 3);
	CHECK(_stp_map_get_int64(list) == 4);
	_stp_map_key_del(list);
	_stp_list_add(list, 25);
	CHECK(_stp_list_size(list) == 5);
	_stp_map_key_long(list, 6);
	CHECK(_stp_map_get_int64(list) == 25);
}

static void test_clearing(MAP list)
{
	_stp_map_key_long(list, 6);
	_stp_list_clear(list);
	CHECK(_stp_list_size(list) == 0);
	CHECK(!_stp_map_start(list));
	_stp_map_add_int64(list, 1); /* none is chosen */
	CHECK(_stp_list_size(list) == 0);
	_stp_list_clear(list);
	_stp_list_add_int64(list, -1);
	CHECK(key1int(_stp_map_start(list)) == 1);
	CHECK(_stp_list_size(list) == 1);
}

static void test_strings(MAP list)
{
	static const char *const words[] = { "bash", "-c", "", "exit 0" };
	char array[] = "array";
	struct map_node_str *ptr;
	int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		_stp_list_add_str(list, words[i]);
	_stp_list_add(list, array);
	_stp_list_add(list, "longer than fits");
	_stp_list_add_str(list, NULL);
	CHECK(_stp_list_size(list) == 6);
	foreach(list, ptr) {
		if (key1int(ptr) <= ARRAY_SIZE(words))
			CHECK_STR(ptr->str, words[key1int(ptr) - 1]);
		else
			CHECK_STR(ptr->str, key1int(ptr) == 5 ? "array" : "longer than \xe2\x80\xa6");
	}
	_stp_list_add(list, 1); /* of another type: counted */
	CHECK(_stp_list_size(list) == 6);
	_stp_list_clear(list);
	CHECK(_stp_list_size(list) == 0);
}

static void test_null(void)
{
	_stp_list_add_int64(NULL, 1);
	_stp_list_add_str(NULL, "a");
	_stp_list_clear(NULL);
	CHECK(_stp_list_size(NULL) == 0);
}

static int probe_begin(void)
{
	MAP integers = _stp_list_new(10, INT64);
	MAP strings = _stp_list_new(10, STRING);

	if (!CHECK(integers && strings))
		return -ENOMEM;
	test_integers(integers);
	test_clearing(integers);
	test_strings(strings);
	test_null();
	return 0;
}

static void probe_end(void)
{
}
