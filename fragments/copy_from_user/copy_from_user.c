// SPDX-License-Identifier: GPL-2.0
/*
 * copy_from_user: memory of the process a handler runs in, as far as it is in RAM.
 *
 * A handler must not fault a page in. So a page that is not resident at this moment cannot be read: the copy ends there, says
 * so by its result, and is counted for the final lines. (A string constant that the program has not touched before is a
 * usual case: the kernel itself would be the first to read it.) Copies go in pieces that do not cross a page, so that what
 * lies before such a page is got, and a string that ends before it is whole.
 *
 * In an interrupt the memory is that of the process interrupted; a kernel thread has none. The pointers of a 32-bit process'
 * arrays are not understood.
 */
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#define _STP_USER_PIECE 64	/* bytes of a string read at once: most end within two */

static atomic_long_t _stp_user_faults = ATOMIC_LONG_INIT(0);
static atomic_long_t _stp_user_cuts = ATOMIC_LONG_INIT(0);

/* The one place where user space is read. @n bytes on one page; 0 or -EFAULT. */
static int _stp_user_piece(void *dst, const void __user *src, unsigned long n)
{
	if (current->mm && !copy_from_user_nofault(dst, src, n))
		return 0;
	atomic_long_inc(&_stp_user_faults);
	return -EFAULT;
}

/**
 * _stp_copy_from_user() - copy a block from user space
 * @dst: where to, @n bytes
 * @src: address in user space
 * @n: bytes
 *
 * What cannot be read is zero in @dst.
 * Context: handler.
 * Return: bytes that could not be read: 0 if all is well.
 */
static unsigned long _stp_copy_from_user(void *dst, const void __user *src, unsigned long n)
{
	while (n) {
		unsigned long piece = min(n, PAGE_SIZE - offset_in_page(src));

		if (_stp_user_piece(dst, src, piece)) {
			memset(dst, 0, n);
			break;
		}
		dst += piece;
		src += piece;
		n -= piece;
	}
	return n;
}

/* As _stp_strncpy_from_user(), but -E2BIG, uncounted and unmarked, for a string that does not fit. */
static long _stp_user_string(char *dst, const char __user *src, long n)
{
	long done = 0;

	while (done < n) {
		long piece = min3(n - done, (long)_STP_USER_PIECE, (long)(PAGE_SIZE - offset_in_page(src + done)));
		long length;

		if (_stp_user_piece(dst + done, src + done, piece)) {
			dst[done] = '\0';
			return -EFAULT;
		}
		length = strnlen(dst + done, piece);
		done += length;
		if (length < piece)
			return done;
	}
	return -E2BIG;
}

/* @dst, of @n bytes, is full: mark that, count it, and tell the length. */
static long _stp_user_cut(char *dst, long n)
{
	atomic_long_inc(&_stp_user_cuts);
	return _stp_string_cut(dst, n);
}

/**
 * _stp_strncpy_from_user() - copy a string from user space
 * @dst: where to, @n bytes; always ends in a NUL
 * @src: address in user space
 * @n: bytes of @dst, at least 1
 *
 * A string of @n bytes or more, also one that has no end, is cut: @dst is full and ends in an ellipsis, the cut is counted.
 * Context: handler.
 * Return: the length of @dst; -EFAULT if a page was not resident before the string's end: @dst holds what lies before.
 */
static long _stp_strncpy_from_user(char *dst, const char __user *src, long n)
{
	long length = _stp_user_string(dst, src, n);

	return length == -E2BIG ? _stp_user_cut(dst, n) : length;
}

/**
 * _stp_join_argv_from_user() - copy an argument vector from user space as one string, with spaces between
 * @dst: where to, @n bytes; always ends in a NUL
 * @n: bytes of @dst, at least 1
 * @argv: address in user space of an array of strings that ends in NULL
 *
 * Context: handler.
 * Return: as _stp_strncpy_from_user().
 */
static long _stp_join_argv_from_user(char *dst, long n, const char __user *const __user *argv)
{
	const char __user *arg;
	long done = 0, length;

	for (dst[0] = '\0'; ; argv++) {
		if (_stp_copy_from_user(&arg, argv, sizeof(arg)))
			return -EFAULT;
		if (!arg)
			return done;
		if (done && done < n)
			dst[done++] = ' ';
		length = done < n ? _stp_user_string(dst + done, arg, n - done) : -E2BIG;
		if (length == -E2BIG)
			return _stp_user_cut(dst, n);
		if (length < 0)
			return length;
		done += length;
	}
}

/* Hook report. */
static void _stp_user_report(void)
{
	_stp_lost(atomic_long_read(&_stp_user_faults), NULL, 0, "copies from user space, a page was not resident");
	_stp_lost(atomic_long_read(&_stp_user_cuts), NULL, 0, "ends of strings from user space, the buffer was full");
}
