// SPDX-License-Identifier: GPL-2.0
/*
 * strings: copies that know where they end.
 *
 * A string that does not fit ends in an ellipsis, put into the copy itself: so wherever it is printed, it shows
 * that it was cut. Nothing is cut uncounted.
 */
#include <linux/atomic.h>
#include <linux/string.h>

#define _STP_ELLIPSIS "\xe2\x80\xa6"

/**
 * _stp_string_cut() - mark a full buffer as holding just the beginning of a string
 * @to:   the buffer; all of it but the last byte holds text
 * @size: its bytes
 *
 * The ellipsis replaces whole characters of UTF-8. A buffer too small for it just ends.
 * Context: any.
 * Return: the length of the string now.
 */
static size_t _stp_string_cut(char *to, size_t size)
{
	size_t at = size - 1;

	if (size >= sizeof(_STP_ELLIPSIS)) {
		at = size - sizeof(_STP_ELLIPSIS);
		while (at > 0 && (to[at] & 0xc0) == 0x80)
			at--;
		memcpy(to + at, _STP_ELLIPSIS, sizeof(_STP_ELLIPSIS) - 1);
		at += sizeof(_STP_ELLIPSIS) - 1;
	}
	to[at] = '\0';
	return at;
}

/**
 * _stp_string_copy() - copy a string into a buffer of fixed size
 * @to:   the buffer
 * @from: the string, in kernel memory
 * @size: bytes of the buffer, at least 1; a string of up to @size - 1 bytes fits
 * @cut:  incremented if the string does not fit, and so is cut and marked; or NULL
 *
 * Context: any.
 * Return: the length of the copy.
 */
static size_t _stp_string_copy(char *to, const char *from, size_t size, atomic_long_t *cut)
{
	size_t length;

	for (length = 0; length < size; length++) {
		to[length] = from[length];
		if (!from[length])
			return length;
	}
	if (cut)
		atomic_long_inc(cut);
	return _stp_string_cut(to, size);
}
