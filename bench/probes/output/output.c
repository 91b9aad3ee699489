// SPDX-License-Identifier: GPL-2.0
static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	_stp_print_buf_init();
	_stp_print_buf("%s %d\n", current->comm, current->pid);
	_stp_print_flush();
	return 0;
}

static int probe_begin(void)
{
	return hit_cost_arm(hit);
}

static void probe_end(void)
{
}
