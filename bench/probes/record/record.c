// SPDX-License-Identifier: GPL-2.0
static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	_stp_record("%s %d\n", current->comm, current->pid);
	return 0;
}

static struct kprobe probe = { .symbol_name = "hit_cost_target", .pre_handler = hit };

static int probe_begin(void)
{
	return _stp_register_kprobes(&probe, 1);
}

static void probe_end(void)
{
}
