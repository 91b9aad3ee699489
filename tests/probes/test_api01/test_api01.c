// SPDX-License-Identifier: GPL-2.0
/*
 * Written as one wrote for runtime 0.1: global maps, a key chosen and then a value set, foreach over a pointer of the
 * value's type, key1str(ptr) and ptr->val. Only the names of the two functions at the end are of today.
 */
MAP opens, reads, bytes, names, sizes, argv;

/* Counts by process, as 0.1's samples did: read, add, write back. */
static void open_called(char *comm, long pid)
{
	_stp_map_key_str (opens, comm);
	_stp_map_set_int64 (opens, _stp_map_get_int64(opens) + 1);

	_stp_map_key_long (names, pid);
	_stp_map_set_str (names, comm);

	_stp_list_add (argv, comm);
}

static void read_called(const char *comm, long pid, long count)
{
	_stp_map_key (reads, pid);
	_stp_map_add_int64 (reads, 1);

	_stp_map_key2 (bytes, comm, pid);
	_stp_map_add_int64 (bytes, count);

	_stp_map_key (sizes, comm);
	_stp_map_stat_add (sizes, count);
}

static void call_all(void)
{
	static char *comms[] = { "bash", "sshd", "cat" };
	int i;

	for (i = 0; i < 30; i++)
		read_called (comms[i % 3], 100 + i % 3, 1 << (i / 3));
	for (i = 0; i < 5; i++)
		open_called (comms[i % 2], 100 + i % 2);
	open_called ("init", 1);
}

/* Deletes and clears: what is set to 0 or NULL is gone. */
static void forget(void)
{
	_stp_map_key_str (opens, "init");
	_stp_map_set (opens, 0);
	_stp_map_key_long (names, 1);
	_stp_map_set (names, (char *)NULL);
	_stp_map_key_long (reads, 102);
	_stp_map_key_del (reads);
	_stp_map_key_str_long (bytes, "sshd", 101);
	dlog ("sshd read %lld bytes", _stp_map_get_int64(bytes));
	_stp_map_key_str_long (bytes, "sshd", 102);
	dlog ("of another pid %lld bytes", _stp_map_get_int64(bytes));
}

static void print_counts(void)
{
	struct map_node_int64 *ptr;
	struct map_node_str *str;

	foreach (opens, ptr)
		dlog ("%s opened files %lld times", key1str(ptr), ptr->val);
	for (ptr = (struct map_node_int64 *)_stp_map_start(reads); ptr;
	     ptr = (struct map_node_int64 *)_stp_map_iter(reads, (struct map_node *)ptr))
		dlog ("pid %lld read %lld times", key1int(ptr), ptr->val);
	foreach (bytes, ptr)
		dlog ("%s with pid %lld read %lld bytes", key1str(ptr), key2int(ptr), ptr->val);
	foreach (names, str)
		dlog ("pid %lld is %s", key1int(str), str->str);
}

static void print_sizes(void)
{
	struct map_node_stat *ptr;
	int i;

	foreach (sizes, ptr) {
		_stp_print_buf_init ();
		_stp_print_buf ("%s: count %lld sum %lld min %lld max %lld:", key1str(ptr), ptr->stats.count,
				ptr->stats.sum, ptr->stats.min, ptr->stats.max);
		for (i = 0; i < BUCKETS; i++)
			if (ptr->stats.histogram[i])
				_stp_print_buf (" [%d]=%lld", i, ptr->stats.histogram[i]);
		_stp_print_flush ();
	}
}

static void print_list(void)
{
	struct map_node_str *ptr;

	dlog ("%d names", (int)_stp_list_size(argv));
	foreach (argv, ptr)
		dlog ("%lld: %s", key1int(ptr), ptr->str);
	_stp_list_clear (argv);
	dlog ("%d names", (int)_stp_list_size(argv));
}

static int probe_begin(void)
{
	opens = _stp_map_new (100, INT64);
	reads = _stp_map_new (100, INT64);
	bytes = _stp_map_new (0, INT64);
	names = _stp_map_new (100, STRING);
	sizes = _stp_map_new (10, STAT);
	argv = _stp_list_new (10, STRING);
	if (!opens || !reads || !bytes || !names || !sizes || !argv)
		return -ENOMEM;
	call_all ();
	forget ();
	return 0;
}

static void probe_end(void)
{
	print_counts ();
	print_sizes ();
	print_list ();
	_stp_map_del (opens);
	_stp_map_del (argv);
}
