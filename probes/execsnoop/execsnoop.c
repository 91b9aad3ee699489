// SPDX-License-Identifier: GPL-2.0
/*
 * execsnoop: programs that processes start. See README.md.
 *
 * A call is told when it returns. After one that succeeded the arguments are the new program's own; after one that failed they
 * are read where the caller has them, which is not always in memory.
 */
#define ARGS_BYTES 512

struct call {
	const char __user *const __user *argv;
};

static void begin(struct kretprobe_instance *ri, unsigned long argv)
{
	struct call *call = (struct call *)ri->data;

	call->argv = (const char __user *const __user *)argv;
}

static int execve_called(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	begin(ri, _stp_syscall_arg(regs, 1));
	return 0;
}

static int execveat_called(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	begin(ri, _stp_syscall_arg(regs, 2));
	return 0;
}

static int returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;
	int result = _stp_return_value(regs);
	char args[ARGS_BYTES];

	if (!_stp_is_target())
		return 0;
	if (result)
		_stp_join_argv_from_user(args, sizeof(args), call->argv);
	else
		_stp_cmdline(args, sizeof(args));
	dlog("%-16s %-7d %-7d %3d %*pEs", _stp_execname(), _stp_pid(), _stp_ppid(), result, (int)strlen(args), args);
	return 0;
}

static struct kretprobe probes[] = {
	{ .kp.symbol_name = _stp_syscall("execve"), .entry_handler = execve_called, .handler = returned,
	  .data_size = sizeof(struct call) },
	{ .kp.symbol_name = _stp_syscall("execveat"), .entry_handler = execveat_called, .handler = returned,
	  .data_size = sizeof(struct call) },
};

static int probe_begin(void)
{
	dlog("%-16s %-7s %-7s %3s %s", "PCOMM", "PID", "PPID", "RET", "ARGS");
	return _stp_register_kretprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
}
