// SPDX-License-Identifier: GPL-2.0
static MAP sizes;

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	_stp_list_add(sizes, (long)_stp_arg(regs, 0));
	return 0;
}

static struct kprobe probe = HIT_COST_PROBE(hit);

static int probe_begin(void)
{
	sizes = _stp_list_new(4000, INT64);
	if (!sizes)
		return -ENOMEM;
	return _stp_register_kprobes(&probe, 1);
}

static void probe_end(void)
{
	dlog("total %u", _stp_list_size(sizes));
}
