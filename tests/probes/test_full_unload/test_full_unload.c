// SPDX-License-Identifier: GPL-2.0
/* Five elements are all that fit: the sixth key ends the counting, and the two hits after it are skipped. */
static MAP counts;

static noinline __noclone void test_full_event(int key)
{
	barrier();
}

static int on_event(struct kprobe *p, struct pt_regs *regs)
{
	_stp_map_key_long(counts, regs_get_kernel_argument(regs, 0));
	_stp_map_add_int64(counts, 1);
	return 0;
}

static struct kprobe probes[] = { { .symbol_name = "test_full_event", .pre_handler = on_event } };

static int probe_begin(void)
{
	int key, ret;

	counts = _stp_map_new(5, INT64);
	if (!CHECK(counts))
		return -ENOMEM;
	ret = _stp_register_kprobes(probes, ARRAY_SIZE(probes));
	if (ret)
		return ret;
	for (key = 1; key <= 8; key++)
		test_full_event(key);
	return 0;
}

static void probe_end(void)
{
	struct map_node_int64 *ptr;
	int seen = 0;

	foreach(counts, ptr)
		CHECK(key1int(ptr) == ++seen && ptr->val == 1);
	CHECK(seen == 5);
}
