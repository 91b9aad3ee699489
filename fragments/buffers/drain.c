// SPDX-License-Identifier: GPL-2.0
/*
 * buffers: what the reader takes.
 *
 * All of it runs under the mutex, in the reader's own context. Writers never wait for it.
 */
#include <linux/mutex.h>
#include <linux/uaccess.h>

static DEFINE_MUTEX(_stp_reader_mutex);

static bool _stp_ring_holds(struct _stp_ring *ring)
{
	return smp_load_acquire(&ring->published) != READ_ONCE(ring->taken); /* A */
}

static bool _stp_rings_hold(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (_stp_ring_holds(per_cpu_ptr(&_stp_rings, cpu)))
			return true;
	return false;
}

static const struct _stp_head *_stp_head_at(struct _stp_ring *ring, unsigned long position)
{
	return (struct _stp_head *)(ring->data + (position & (_stp_ring_size - 1)));
}

/* The bytes from @position on that are one record, or none of a record: then @pad is set. */
static unsigned long _stp_piece(struct _stp_ring *ring, unsigned long position, bool *pad)
{
	u32 length = _stp_head_at(ring, position)->length;

	*pad = length & _STP_PAD;
	return *pad ? length & ~_STP_PAD : sizeof(struct _stp_head) + ALIGN(length, 8);
}

/* Copies whole records to @to while they fit into @room; returns how many bytes, or -errno if there are none. */
static ssize_t _stp_ring_drain(struct _stp_ring *ring, char __user *to, size_t room)
{
	unsigned long at = ring->taken, end = smp_load_acquire(&ring->published); /* A */
	ssize_t copied = 0;

	while (at != end) {
		bool pad;
		unsigned long bytes = _stp_piece(ring, at, &pad);

		if (!pad && copied + bytes > room) {
			copied = copied ?: -EMSGSIZE;
			break;
		}
		if (!pad && copy_to_user(to + copied, _stp_head_at(ring, at), bytes)) {
			copied = copied ?: -EFAULT;
			break;
		}
		at += bytes;
		copied += pad ? 0 : bytes;
	}
	smp_store_release(&ring->taken, at); /* D */
	return copied;
}

static ssize_t _stp_rings_drain(char __user *to, size_t room)
{
	ssize_t copied = 0, some = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		some = _stp_ring_drain(per_cpu_ptr(&_stp_rings, cpu), to + copied, room - copied);
		if (some > 0)
			copied += some;
		else if (some < 0 && some != -EMSGSIZE)
			break;
	}
	return copied ?: some;
}

/* How many records nobody took. */
static long _stp_rings_unread(void)
{
	unsigned long at;
	long unread = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct _stp_ring *ring = per_cpu_ptr(&_stp_rings, cpu);
		bool pad;

		for (at = ring->taken; at != ring->published; unread += !pad)
			at += _stp_piece(ring, at, &pad);
	}
	return unread;
}
