// SPDX-License-Identifier: GPL-2.0
/*
 * copy_from_user, second part: what the program that runs here was started with.
 */

/**
 * _stp_cmdline() - copy the arguments of the current program, with spaces between
 * @dst: where to, @n bytes; always ends in a NUL
 * @n: bytes of @dst, at least 1
 *
 * They are those of the last exec that succeeded, the program's own name first, unless the program has changed them. The kernel
 * writes them at each exec, so that they are in memory when an exec returns. A kernel thread has none.
 * Context: handler.
 * Return: as _stp_strncpy_from_user().
 */
static long _stp_cmdline(char *dst, long n)
{
	unsigned long start = current->mm ? READ_ONCE(current->mm->arg_start) : 0;
	unsigned long end = current->mm ? READ_ONCE(current->mm->arg_end) : 0;
	long size = end > start ? end - start - 1 : 0;	/* without the last one's NUL */
	long wanted = min(size, n - 1);
	long missing = _stp_copy_from_user(dst, (const char __user *)start, wanted);
	long i;

	for (i = 0; i < wanted - missing; i++)
		dst[i] = dst[i] ?: ' ';
	dst[i] = '\0';
	if (missing)
		return -EFAULT;
	return size > wanted ? _stp_user_cut(dst, n) : wanted;
}
