// SPDX-License-Identifier: GPL-2.0
static HIT_COST_MAP sizes;

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	_stp_map_key_str(sizes, current->comm);
	_stp_map_stat_add(sizes, _stp_arg(regs, 0));
	return 0;
}

static struct kprobe probe = { .symbol_name = "hit_cost_target", .pre_handler = hit };

static int probe_begin(void)
{
	sizes = hit_cost_map_new(STAT);
	return sizes ? _stp_register_kprobes(&probe, 1) : -ENOMEM;
}

static void probe_end(void)
{
	hit_cost_total(sizes, struct map_node_stat, stats.count);
}
