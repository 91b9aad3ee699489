// SPDX-License-Identifier: GPL-2.0
/* Calls of getppid are counted; who opens the file gets the count of that moment. */
static MAP calls;

static int on_call(struct kprobe *p, struct pt_regs *regs)
{
	_stp_map_key(calls, 1);
	_stp_map_add_int64(calls, 1);
	return 0;
}

static struct kprobe probe = { .symbol_name = "sys_getppid", .pre_handler = on_call };

static void print(void)
{
	MAP now = _stp_map_snapshot(calls);

	if (!now)
		return;
	dlog("now:");
	_stp_map_print(now, "%d calls of %1d");
	_stp_map_del(now);
}

static int probe_begin(void)
{
	calls = _stp_map_new(10, INT64);
	if (!calls)
		return -ENOMEM;
	_stp_on_demand(print);
	return _stp_register_kprobes(&probe, 1);
}

static void probe_end(void)
{
	dlog("ended");
}
