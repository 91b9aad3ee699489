// SPDX-License-Identifier: GPL-2.0
/*
 * copy_from_user: strings of the process a handler runs in.
 *
 * As with all of its memory (user_memory), what is not resident cannot be read. Strings go in pieces that do not cross a page,
 * so that one that ends before such a page is whole. The pointers of a 32-bit process' arrays are not understood.
 */
#define _STP_USER_PIECE 64	/* bytes of a string read at once: most end within two */

static atomic_long_t _stp_user_cuts = ATOMIC_LONG_INIT(0);

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
	_stp_lost(atomic_long_read(&_stp_user_cuts), NULL, 0, "ends of strings from user space, the buffer was full");
}
