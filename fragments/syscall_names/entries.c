// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_names, first part: which functions of the kernel a plain name stands for, and how each keeps its arguments.
 *
 * With this fragment, `sys_<call>` in a kprobe or jprobe is the system call, whatever today's kernel calls its entry, and
 * the handler is given its arguments as the function of old was: by a jprobe's own parameters, by _stp_arg() or
 * _stp_syscall_arg(). `sys_open` stands for all ways to open a file, with (filename, flags, mode): open; openat, whose
 * directory is left out; openat2, with flags and mode from the caller's struct open_how (both 0, and the copy counted,
 * where that is not in memory); creat, with the flags it means. Any other name stands for just the call of this name:
 * `sys_read` is neither pread (`sys_pread64`) nor readv, and calls by way of io_uring are seen by no name.
 *
 * Returns have no plain names: a kretprobe names its entry, by _stp_syscall().
 *
 * Only 64-bit calls are seen. A 32-bit program's calls enter by functions of their own (__ia32_sys_creat,
 * __ia32_compat_sys_open and the like), which no plain name stands for.
 */
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/string.h>

#define _STP_SYSCALL_ARGS 6

/* Gets the arguments of a call from the user's registers; all are 0 before. */
typedef void (*_stp_unpack)(unsigned long *args, const struct pt_regs *user);

/*
 * struct _stp_syscall_entry - a way into a system call
 * @name:   the call's, without sys_; NULL ends an array of them
 * @unpack: how its arguments are had
 */
struct _stp_syscall_entry {
	const char *name;
	_stp_unpack unpack;
};

static void _stp_unpack_all(unsigned long *args, const struct pt_regs *user)
{
	int n;

	for (n = 0; n < _STP_SYSCALL_ARGS; n++)
		args[n] = _stp_user_arg(user, n);
}

static void _stp_unpack_openat(unsigned long *args, const struct pt_regs *user)
{
	args[0] = _stp_user_arg(user, 1);
	args[1] = _stp_user_arg(user, 2);
	args[2] = _stp_user_arg(user, 3);
}

static void _stp_unpack_openat2(unsigned long *args, const struct pt_regs *user)
{
	struct open_how how;

	_stp_copy_from_user(&how, (const void __user *)_stp_user_arg(user, 2), sizeof(how));
	args[0] = _stp_user_arg(user, 1);
	args[1] = how.flags;
	args[2] = how.mode;
}

#ifdef CONFIG_X86_64		/* arm64 is younger than openat */
static void _stp_unpack_creat(unsigned long *args, const struct pt_regs *user)
{
	args[0] = _stp_user_arg(user, 0);
	args[1] = O_CREAT | O_WRONLY | O_TRUNC;
	args[2] = _stp_user_arg(user, 1);
}
#endif

static const struct _stp_syscall_entry _stp_open_entries[] = {
#ifdef CONFIG_X86_64
	{ "open", _stp_unpack_all },
	{ "creat", _stp_unpack_creat },
#endif
	{ "openat", _stp_unpack_openat },
	{ "openat2", _stp_unpack_openat2 },
	{ }
};

/* The call that a plain name means, without sys_; NULL for any other function. */
static const char *_stp_plain_call(const char *symbol)
{
	return symbol && !strncmp(symbol, "sys_", 4) ? symbol + 4 : NULL;
}

/* The @nth function by which @symbol is entered; false where there are no more. */
static bool _stp_nth_entry(struct _stp_syscall_entry *entry, const char *symbol, int nth)
{
	const char *call = _stp_plain_call(symbol);

	if (call && !strcmp(call, "open")) {
		*entry = _stp_open_entries[nth];
		return entry->name;
	}
	*entry = (struct _stp_syscall_entry) { call, call ? _stp_unpack_all : NULL };
	return !nth;
}
