// SPDX-License-Identifier: GPL-2.0
static MAP sizes;

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	_stp_list_add(sizes, (long)_stp_arg(regs, 0));
	return 0;
}

static struct kprobe probe = { .symbol_name = "hit_cost_target", .pre_handler = hit };

static int probe_begin(void)
{
	sizes = _stp_list_new(4000, INT64);
	return sizes ? _stp_register_kprobes(&probe, 1) : -ENOMEM;
}

static void probe_end(void)
{
	dlog("total %u", _stp_list_size(sizes));
}
