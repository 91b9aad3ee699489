// SPDX-License-Identifier: GPL-2.0
static HIT_COST_MAP sizes;

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	_stp_map_key_str(sizes, current->comm);
	_stp_map_stat_add(sizes, _stp_arg(regs, 0));
	return 0;
}

static struct kprobe probe = HIT_COST_PROBE(hit);

static int probe_begin(void)
{
	sizes = hit_cost_map_new(STAT);
	if (!sizes)
		return -ENOMEM;
	return _stp_register_kprobes(&probe, 1);
}

static void probe_end(void)
{
	struct map_node_stat *found;
	int64_t total = 0;

	foreach (sizes, found)
		total += found->stats.count;
	dlog("total %lld", total);
}
