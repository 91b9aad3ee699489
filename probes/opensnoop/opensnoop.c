// SPDX-License-Identifier: GPL-2.0
/*
 * opensnoop: files that processes open. See README.md.
 *
 * All ways for a program to open a file meet in do_sys_openat2(). Its name is read when the call returns: then the kernel itself
 * has read it, and it is in memory.
 */
#define PATH_BYTES 256

struct call {
	const char __user *path;
};

static int entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;

	call->path = (const char __user *)_stp_arg(regs, 1);
	return !_stp_is_target();
}

static int returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;
	int result = _stp_return_value(regs);
	char path[PATH_BYTES];

	if (FAILED && result >= 0)
		return 0;
	_stp_strncpy_from_user(path, call->path, sizeof(path));
	dlog("%-6d %-16s %4d %3d %*pEs", _stp_pid(), _stp_execname(), max(result, -1), max(-result, 0),
	     (int)strlen(path), path);
	return 0;
}

static struct kretprobe probes[] = { {
	.kp.symbol_name = "do_sys_openat2",
	.entry_handler = entered,
	.handler = returned,
	.data_size = sizeof(struct call),
} };

static int probe_begin(void)
{
	dlog("%-6s %-16s %4s %3s %s", "PID", "COMM", "FD", "ERR", "PATH");
	return _stp_register_kretprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
}
