// SPDX-License-Identifier: GPL-2.0
/*
 * user_memory: memory of the process a handler runs in, as far as it is in RAM.
 *
 * A handler must not fault a page in. So a page that is not resident at this moment cannot be read: the copy ends there, says
 * so by its result, and is counted for the final lines. (A string constant that the program has not touched before is a
 * usual case: the kernel itself would be the first to read it.) Copies go in pieces that do not cross a page, so that what
 * lies before such a page is got.
 *
 * In an interrupt the memory is that of the process interrupted; a kernel thread has none.
 */
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

static atomic_long_t _stp_user_faults = ATOMIC_LONG_INIT(0);

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

/* Hook report. */
static void _stp_user_memory_report(void)
{
	_stp_lost(atomic_long_read(&_stp_user_faults), NULL, 0, "copies from user space, a page was not resident");
}
