// SPDX-License-Identifier: GPL-2.0
/*
 * where_func: who calls a function, and how often.
 *
 *     insmod where_func.ko symbol=do_truncate
 *
 * At unload, a line for each place the function was called from, in the order of their first calls:
 *
 *     where_func: do_truncate: 2 calls from vfs_truncate+0x13a/0x190
 *
 * A function that the kernel does not have, or does not let be probed, is refused by insmod with a message in the log.
 */
static char *symbol;
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "function whose callers are counted");

static MAP callers;		/* return address -> calls */

static int called(struct kprobe *p, struct pt_regs *regs)
{
	_stp_map_key_long(callers, cur_ret_addr(regs));
	_stp_map_add_int64(callers, 1);
	return 0;
}

static struct kprobe probes[] = {
	{ .pre_handler = called },
};

static int probe_begin(void)
{
	if (!symbol) {
		pr_err("which function? insmod where_func.ko symbol=<function>\n");
		return -EINVAL;
	}
	callers = _stp_map_new(1000, INT64);
	if (!callers)
		return -ENOMEM;
	probes[0].symbol_name = symbol;
	return _stp_register_kprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
	struct map_node_int64 *caller;

	foreach (callers, caller) {
		_stp_print_buf("%s: %lld calls from ", symbol, caller->val);
		_stp_print_symbol("%s", key1int(caller));
		_stp_print_flush();
	}
}
