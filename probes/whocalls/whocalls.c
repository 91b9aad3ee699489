// SPDX-License-Identifier: GPL-2.0
/*
 * whocalls: by which ways the kernel gets to a function, and how often by each.
 *
 *     insmod whocalls.ko symbol=chmod_common
 *
 * where_func tells the callers; this tells their callers, too, so that calls are told apart that come by one and the same.
 * At unload, each stack there was, in the order of their first calls:
 *
 *     whocalls: 2 calls:
 *     whocalls:     chmod_common+0x0/0x170
 *     whocalls:     do_fchmodat+0x6c/0xc0
 *     whocalls:     __x64_sys_chmod+0x17/0x20
 *     ...
 *     whocalls: 3 calls:
 *     whocalls:     chmod_common+0x0/0x170
 *     whocalls:     do_fchmodat+0x6c/0xc0
 *     whocalls:     __x64_sys_fchmodat+0x15/0x20
 *     ...
 */
#define STACKS 500

static char *symbol;
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "function whose callers are counted");

static MAP ways;		/* number of a stack -> calls */

static int called(struct kprobe *p, struct pt_regs *regs)
{
	_stp_map_key_long(ways, _stp_stack_id(regs));
	_stp_map_add_int64(ways, 1);
	return 0;
}

static struct kprobe probes[] = {
	{ .pre_handler = called },
};

static int probe_begin(void)
{
	if (!symbol) {
		pr_err("which function? insmod whocalls.ko symbol=<function>\n");
		return -EINVAL;
	}
	ways = _stp_map_new(STACKS, INT64);
	if (!ways)
		return -ENOMEM;
	probes[0].symbol_name = symbol;
	return _stp_register_kprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
	struct map_node_int64 *way;
	const unsigned long *entries;

	foreach (ways, way) {
		unsigned int depth = _stp_stack_of(key1int(way), &entries);

		_stp_print_buf("%lld calls:", way->val);
		_stp_print_flush();
		_stp_print_stack(entries, depth);
	}
}
