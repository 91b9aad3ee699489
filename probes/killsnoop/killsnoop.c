// SPDX-License-Identifier: GPL-2.0
/*
 * killsnoop: signals that processes send. See README.md.
 */
struct call {
	int target;
	int signal;
};

static int begin(struct kretprobe_instance *ri, int target, int signal)
{
	*(struct call *)ri->data = (struct call) { target, signal };
	return !_stp_is_target() || (SIGNAL >= 0 && signal != SIGNAL);
}

/* tkill has the same two parameters. */
static int kill_called(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return begin(ri, _stp_syscall_arg(regs, 0), _stp_syscall_arg(regs, 1));
}

/* The first is the process that the thread is in. */
static int tgkill_called(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return begin(ri, _stp_syscall_arg(regs, 1), _stp_syscall_arg(regs, 2));
}

static int returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;
	int result = _stp_return_value(regs);

	if (!FAILED || result < 0)
		dlog("%-6d %-16s %-4d %-6d %d", _stp_pid(), _stp_execname(), call->signal, call->target, result);
	return 0;
}

static struct kretprobe probes[] = {
	{ .kp.symbol_name = _stp_syscall("kill"), .entry_handler = kill_called, .handler = returned,
	  .data_size = sizeof(struct call) },
	{ .kp.symbol_name = _stp_syscall("tkill"), .entry_handler = kill_called, .handler = returned,
	  .data_size = sizeof(struct call) },
	{ .kp.symbol_name = _stp_syscall("tgkill"), .entry_handler = tgkill_called, .handler = returned,
	  .data_size = sizeof(struct call) },
};

static int probe_begin(void)
{
	dlog("%-6s %-16s %-4s %-6s %s", "PID", "COMM", "SIG", "TPID", "RESULT");
	return _stp_register_kretprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
}
