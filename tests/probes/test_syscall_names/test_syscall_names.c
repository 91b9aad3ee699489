// SPDX-License-Identifier: GPL-2.0
/*
 * Each call of the workload is logged by the handlers of plain names: the jprobe as it was written for runtime 0.1, and
 * kprobes that ask for the arguments in both ways. The last call ends the collecting, so that the account shows the names.
 */
static bool is_workload(void)
{
	return !strcmp(current->comm, "workload");
}

static int my_open(const char __user *filename, int flags, int mode)
{
	char name[32];

	if (is_workload()) {
		_stp_strncpy_from_user(name, filename, sizeof(name));
		dlog("open %s %#x %o", name, flags, mode);
	}
	jprobe_return();
	return 0;
}

static long my_write(unsigned int fd, const char __user *buf, size_t count)
{
	char text[32];

	if (is_workload()) {
		_stp_strncpy_from_user(text, buf, sizeof(text));
		dlog("write %u %s %zu", fd, text, count);
	}
	jprobe_return();
	return 0;
}

static int on_mmap(struct kprobe *p, struct pt_regs *regs)
{
	if (is_workload()) {
		dlog("mmap %lx %lx %lx %lx %lx %lx", _stp_arg(regs, 0), _stp_arg(regs, 1), _stp_arg(regs, 2),
		     _stp_arg(regs, 3), _stp_arg(regs, 4), _stp_arg(regs, 5));
		dlog("mmap %lx, returns to %pS", _stp_syscall_arg(regs, 5), (void *)cur_ret_addr(regs));
	}
	return 0;
}

/* A name that is no plain one, in the same group: its registers are as they are. */
static int on_lseek(struct kprobe *p, struct pt_regs *regs)
{
	if (is_workload())
		dlog("lseek %ld %ld", _stp_syscall_arg(regs, 0), _stp_syscall_arg(regs, 1));
	return 0;
}

static int on_getppid(struct kprobe *p, struct pt_regs *regs)
{
	if (is_workload())
		_stp_stop_collecting();
	return 0;
}

static struct jprobe probes[] = {
	{ .kp.addr = (kprobe_opcode_t *)"sys_open", .entry = (kprobe_opcode_t *)my_open },
	{ .kp.symbol_name = "sys_write", .entry = JPROBE_ENTRY(my_write) },
};

static struct kprobe others[] = {
	{ .symbol_name = "sys_mmap", .pre_handler = on_mmap },
	{ .symbol_name = _stp_syscall("lseek"), .pre_handler = on_lseek },
	{ .addr = (kprobe_opcode_t *)"sys_getppid", .pre_handler = on_getppid },
};

static int probe_begin(void)
{
	int ret = _stp_register_jprobes(probes, ARRAY_SIZE(probes));

	if (ret)
		return ret;
	_stp_unregister_jprobes(probes, ARRAY_SIZE(probes));
	dlog("unregistered: %s, %px", probes[0].kp.symbol_name, probes[0].kp.addr);
	ret = _stp_register_jprobes(probes, ARRAY_SIZE(probes));
	dlog("again: %d", _stp_register_jprobes(probes, ARRAY_SIZE(probes)));
	return ret ?: _stp_register_kprobes(others, ARRAY_SIZE(others));
}

static void probe_end(void)
{
}
