// SPDX-License-Identifier: GPL-2.0
/*
 * syscalls: where a system call enters today's kernel, and what it was given.
 *
 * Since 4.17 (x86-64) and 4.19 (arm64) the function behind a system call takes one argument: the user's registers. Its name
 * carries the machine's prefix, and it has no other callers. 32-bit calls come in by names of their own
 * (__ia32_compat_sys_openat and the like) and are not seen here. The fragment syscall_names takes the plain names.
 *
 * Contexts: any.
 */

/**
 * _stp_syscall() - the name of a system call's entry, as a literal: `.symbol_name = _stp_syscall("openat")`
 * @name: a string literal, the call's name without "sys_"
 *
 * Context: any; a constant, fit for static initialisers.
 */
#if defined(CONFIG_X86_64)
#define _stp_syscall(name) "__x64_sys_" name
#elif defined(CONFIG_ARM64)
#define _stp_syscall(name) "__arm64_sys_" name
#else
#error "syscalls: only x86-64 and arm64 are known"
#endif

/* What the user's registers hold for the system call's parameter @n, at most 5. */
static inline unsigned long _stp_user_arg(const struct pt_regs *user, unsigned int n)
{
#if defined(CONFIG_X86_64)
	switch (n) {
	case 0: return user->di;
	case 1: return user->si;
	case 2: return user->dx;
	case 3: return user->r10;
	case 4: return user->r8;
	case 5: return user->r9;
	}
	return 0;
#else
	return n < 6 ? user->regs[n] : 0;
#endif
}

/*
 * Tells whether registers hold the arguments themselves already. The fragment syscall_names defines it; without that
 * fragment this is all there is of it, and the compiler drops the question.
 */
static bool (*const _stp_is_unpacked)(const struct pt_regs *regs);

/**
 * _stp_syscall_arg() - an argument of the system call, in a handler at its entry
 * @regs: the registers the handler was given (the entry's, not the user's)
 * @n: which one, counted from 0; at most 5
 *
 * Return: the argument as it was in the user's register; cast it to the parameter's type. 0 if there is no such one.
 * Context: any.
 */
static inline unsigned long _stp_syscall_arg(struct pt_regs *regs, unsigned int n)
{
	if (_stp_is_unpacked && _stp_is_unpacked(regs))
		return _stp_arg(regs, n);
	return _stp_user_arg((const struct pt_regs *)_stp_arg(regs, 0), n);
}
