// SPDX-License-Identifier: GPL-2.0
/*
 * buffers: lines of text.
 *
 * A handler formats its line in the ring itself. Process code waits while its ring is full and somebody reads; where nobody does,
 * its lines go to the kernel log, so that the tables of a module's end are not lost without a reader.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>

#define _STP_LINE 1000
#define _STP_PATIENCE (5 * HZ) /* for a reader that does nothing */

static int _stp_reader;				/* whether somebody holds `records` open */
static unsigned long _stp_reader_seen;		/* when the reader last did something, in jiffies */
static bool _stp_reader_stuck;			/* whether a line was no longer kept waiting for it */
static atomic_long_t _stp_lines_cut = ATOMIC_LONG_INIT(0);

static bool _stp_reader_lives(void)
{
	return READ_ONCE(_stp_reader) && time_before(jiffies, READ_ONCE(_stp_reader_seen) + _STP_PATIENCE);
}

static bool _stp_line_put(struct va_format *text, bool last)
{
	struct _stp_ring *ring = _stp_ring_open();
	struct _stp_head *head = _stp_ring_reserve(ring, 0, _STP_LINE);
	int length;

	if (head) {
		length = vsnprintf((char *)(head + 1), _STP_LINE, text->fmt, *text->va);
		if (length >= _STP_LINE) {
			atomic_long_add(length - _STP_LINE + 1, &_stp_lines_cut);
			length = _STP_LINE - 1;
		}
		_stp_ring_trim(ring, head, length);
	} else if (last) {
		local_inc(&ring->dropped);
	}
	_stp_ring_close(ring);
	return head;
}

/* For dlog(): false leaves the line to the kernel log. */
static bool _stp_line_take(struct va_format *text)
{
	bool process = !_stp_level_now();
	va_list args;
	bool done;

	if (process && !READ_ONCE(_stp_reader))
		return false;
	do {
		struct va_format again = { text->fmt, &args };
		bool waits = process && preemptible() && _stp_reader_lives();

		va_copy(args, *text->va);
		done = _stp_line_put(&again, !waits);
		va_end(args);
		if (done || !waits) {
			if (!done && process)
				WRITE_ONCE(_stp_reader_stuck, true);
			return true;
		}
		schedule_timeout_uninterruptible(1);
	} while (true);
}
