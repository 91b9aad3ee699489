// SPDX-License-Identifier: GPL-2.0
static HIT_COST_MAP counts;

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	_stp_map_key_long_long(counts, current->pid, _stp_arg(regs, 0));
	_stp_map_add_int64(counts, 1);
	return 0;
}

static struct kprobe probe = HIT_COST_PROBE(hit);

static int probe_begin(void)
{
	counts = hit_cost_map_new(INT64);
	if (!counts)
		return -ENOMEM;
	return _stp_register_kprobes(&probe, 1);
}

static void probe_end(void)
{
	struct map_node_int64 *found;
	int64_t total = 0;

	foreach (counts, found)
		total += found->val;
	dlog("total %lld", total);
}
