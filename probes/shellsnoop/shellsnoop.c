// SPDX-License-Identifier: GPL-2.0
/*
 * shellsnoop: what shells execute, and what the programs then open, read and write.
 *
 * When bash, sh, zsh, tcsh or pdksh calls execve or execveat, that is told, and the process is marked. Of marked processes
 * each open, read and write is told, until they end. A line at once for each, with user, process, parent and name:
 *
 *     shellsnoop: uid 0 pid 71 ppid 70 bash: exec ./copy with copy from to
 *     shellsnoop: uid 0 pid 71 ppid 70 copy: open from
 *     shellsnoop: uid 0 pid 71 ppid 70 copy: read 3
 *     shellsnoop: uid 0 pid 71 ppid 70 copy: write 4: first 64 bytes\n
 *
 * All are told at their beginning: an exec or open may fail yet. Opens are taken where all ways meet (open, openat, openat2,
 * creat, io_uring) and the kernel holds the name; so those of exec itself, of the program and its loader, are among them.
 * Strings are cut at 256 bytes, what is not in memory when it is looked at is missing, and both are counted at the end.
 */
#include <linux/fs.h>

#define WRITE_BYTES 64

static MAP marked;		/* process -> 1 */

static bool is_marked(void)
{
	_stp_map_key_long(marked, _stp_pid());
	return _stp_map_get_int64(marked);
}

static bool is_shell(void)
{
	static const char *const shells[] = { "bash", "sh", "zsh", "tcsh", "pdksh" };

	return match_string(shells, ARRAY_SIZE(shells), _stp_execname()) >= 0;
}

/* Begins a line; the caller appends what happens, and flushes. */
static void say_who(void)
{
	_stp_print_buf_init();
	_stp_print_buf("uid %u pid %d ppid %d %s: ", _stp_uid(), _stp_pid(), _stp_ppid(), _stp_execname());
}

static void executes(unsigned long filename, unsigned long argv)
{
	char text[256];

	if (!is_shell())
		return;
	_stp_map_key_long(marked, _stp_pid());
	_stp_map_set_int64(marked, 1);

	say_who();
	_stp_strncpy_from_user(text, (const char __user *)filename, sizeof(text));
	_stp_print_buf("exec %s", text);
	_stp_join_argv_from_user(text, sizeof(text), (const char __user *const __user *)argv);
	_stp_print_buf(" with %s", text);
	_stp_print_flush();
}

static int execve_called(struct kprobe *p, struct pt_regs *regs)
{
	executes(_stp_syscall_arg(regs, 0), _stp_syscall_arg(regs, 1));
	return 0;
}

static int execveat_called(struct kprobe *p, struct pt_regs *regs)
{
	executes(_stp_syscall_arg(regs, 1), _stp_syscall_arg(regs, 2));
	return 0;
}

static int read_called(struct kprobe *p, struct pt_regs *regs)
{
	if (is_marked()) {
		say_who();
		_stp_print_buf("read %d", (int)_stp_syscall_arg(regs, 0));
		_stp_print_flush();
	}
	return 0;
}

static int write_called(struct kprobe *p, struct pt_regs *regs)
{
	int wanted = min_t(unsigned long, _stp_syscall_arg(regs, 2), WRITE_BYTES);
	char bytes[WRITE_BYTES];
	int missing;

	if (is_marked()) {
		missing = _stp_copy_from_user(bytes, (const void __user *)_stp_syscall_arg(regs, 1), wanted);
		say_who();
		_stp_print_buf("write %d: %*pE", (int)_stp_syscall_arg(regs, 0), wanted - missing, bytes);
		_stp_print_flush();
	}
	return 0;
}

static int exits(struct kprobe *p, struct pt_regs *regs)
{
	if (thread_group_leader(current)) {
		_stp_map_key_long(marked, _stp_pid());
		_stp_map_key_del(marked);
	}
	return 0;
}

static void opens(int dfd, struct filename *name)
{
	if (is_marked()) {
		say_who();
		_stp_print_buf("open %s", name->name);
		_stp_print_flush();
	}
	jprobe_return();
}

static struct kprobe calls[] = {
	{ .symbol_name = _stp_syscall("execve"), .pre_handler = execve_called },
	{ .symbol_name = _stp_syscall("execveat"), .pre_handler = execveat_called },
	{ .symbol_name = _stp_syscall("read"), .pre_handler = read_called },
	{ .symbol_name = _stp_syscall("write"), .pre_handler = write_called },
	{ .symbol_name = "do_exit", .pre_handler = exits },
};

static struct jprobe opening[] = {
	{ .kp.symbol_name = "do_filp_open", .entry = JPROBE_ENTRY(opens) },
};

static int probe_begin(void)
{
	int ret;

	marked = _stp_map_new(1000, INT64);
	if (!marked)
		return -ENOMEM;
	ret = _stp_register_kprobes(calls, ARRAY_SIZE(calls));
	return ret ?: _stp_register_jprobes(opening, ARRAY_SIZE(opening));
}

static void probe_end(void)
{
}
