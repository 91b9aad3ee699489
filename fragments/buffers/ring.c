// SPDX-License-Identifier: GPL-2.0
/*
 * buffers: a ring of records on each CPU.
 *
 * Who writes is on the ring's own CPU, with preemption off: a handler, an interrupt's that came in between, an NMI's on top. So
 * writers nest, and the one that began last ends first. Each reserves its bytes by one local compare and exchange. What was reserved
 * is published by the outermost writer alone, once nothing below is half written:
 *
 *   writer                                    reader (one at a time, under _stp_reader_mutex)
 *   reserve; fill                             A: load @published (acquire)
 *   B: store @published (release, with A)     copy what lies before it
 *   C: load @taken (acquire, with D)          D: store @taken (release)
 *
 * A record that does not fit is dropped as a whole and counted. Positions only grow; a record never lies over the end of the memory:
 * a pad fills what is left there.
 */
#include <linux/align.h>
#include <linux/timekeeping.h>
#include <asm/local.h>

/* As the reader gets it; behind it the payload, with zeros up to the next 8 bytes. */
struct _stp_head {
	u32 length;
	u16 format;
	u16 cpu;
	u64 time;
};

/* In place of a length: so many bytes are none of a record. */
#define _STP_PAD 0x80000000u

struct _stp_ring {
	local_t reserved;
	local_t writers; /* how many are nested */
	local_t dropped;
	unsigned long published;
	char *data;
	unsigned long taken ____cacheline_aligned; /* the reader's */
};

static DEFINE_PER_CPU(struct _stp_ring, _stp_rings);
static unsigned long _stp_ring_size __read_mostly; /* a power of two */

static __always_inline struct _stp_ring *_stp_ring_open(void)
{
	struct _stp_ring *ring;

	preempt_disable_notrace();
	ring = this_cpu_ptr(&_stp_rings);
	local_inc(&ring->writers);
	barrier();
	return ring;
}

/* Publishes what was reserved, if nobody below is still writing. */
static __always_inline void _stp_ring_close(struct _stp_ring *ring)
{
	long reserved;

	barrier();
	if (unlikely(local_read(&ring->writers) > 1)) {
		local_dec(&ring->writers);
		preempt_enable_notrace();
		return;
	}
	for (;;) {
		reserved = local_read(&ring->reserved);
		smp_store_release(&ring->published, reserved); /* B */
		local_set(&ring->writers, 0);
		barrier();
		if (likely(local_read(&ring->reserved) == reserved))
			break;
		/* Another one came before the line above, saw that it was nested, and left its record to us. */
		local_set(&ring->writers, 1);
		barrier();
	}
	preempt_enable_notrace();
}

static __always_inline void _stp_ring_pad(struct _stp_ring *ring, unsigned long offset, unsigned long bytes)
{
	*(u32 *)(ring->data + offset) = _STP_PAD | bytes;
}

/* Returns a record with room for @length bytes, its head filled; NULL if there is none. */
static __always_inline struct _stp_head *_stp_ring_reserve(struct _stp_ring *ring, u16 format, u32 length)
{
	unsigned long bytes = sizeof(struct _stp_head) + ALIGN(length, 8), offset, pad;
	unsigned long size = _stp_ring_size;
	struct _stp_head *head;
	u64 time;
	long old;

	do {
		old = local_read(&ring->reserved);
		barrier();
		time = ktime_get_mono_fast_ns(); /* who comes in between has us try again: a ring is in order */
		offset = old & (size - 1);
		pad = unlikely(offset + bytes > size) ? size - offset : 0;
		if (unlikely(old + pad + bytes - smp_load_acquire(&ring->taken) > size)) /* C */
			return NULL;
	} while (unlikely(local_cmpxchg(&ring->reserved, old, old + pad + bytes) != old));
	if (unlikely(pad)) {
		_stp_ring_pad(ring, offset, pad);
		offset = 0;
	}
	head = (struct _stp_head *)(ring->data + offset);
	head->length = length;
	head->format = format;
	head->cpu = raw_smp_processor_id();
	head->time = time;
	return head;
}

/* Makes a record shorter: what is behind goes back, or becomes a pad where somebody reserved after it. */
static void _stp_ring_trim(struct _stp_ring *ring, struct _stp_head *head, u32 length)
{
	unsigned long left = ALIGN(head->length, 8) - ALIGN(length, 8);
	char *end = (char *)(head + 1) + ALIGN(length, 8);
	long reserved = local_read(&ring->reserved);

	memset((char *)(head + 1) + length, 0, end - (char *)(head + 1) - length);
	head->length = length;
	if (!left)
		return;
	if (((end + left - ring->data - reserved) & (_stp_ring_size - 1)) == 0 &&
	    local_cmpxchg(&ring->reserved, reserved, reserved - left) == reserved)
		return;
	_stp_ring_pad(ring, end - ring->data, left);
}
