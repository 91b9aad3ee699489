// SPDX-License-Identifier: GPL-2.0
/*
 * context: how deep this CPU is in handlers of this module, and whether they still collect.
 *
 * Level 0 is the probe's own process code (probe_begin(), probe_end()): one thread, which may sleep and move to
 * another CPU. Each handler that interrupts something runs one level higher: 1 in task code, 2 when an interrupt's
 * probe hits while a handler runs, 3 for an NMI on top of that. What needs room of its own for each context
 * (a map's current key, a line being printed) keeps one for level 0 and one per CPU for each handler level.
 *
 * The counter needs no atomic operation: it is this CPU's, and whatever interrupts between its load and its store
 * leaves it as it was.
 */
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/percpu.h>

static DEFINE_PER_CPU(int, _stp_level);

/* The deepest level that may run; 0 once the module has stopped collecting. So one comparison tells both. */
static int _stp_deepest __read_mostly = STP_LEVELS;

/**
 * _stp_level_now() - level of the calling context: 0 for process code, 1 to STP_LEVELS for handlers
 *
 * Context: any.
 */
static __always_inline int _stp_level_now(void)
{
	return raw_cpu_read(_stp_level); /* process code may move to another CPU, and reads 0 there, too */
}

/*
 * What a handler knows of its own context: constant while it runs, hence held in registers. Where the handlers of a probe are
 * inlined into what the kernel calls (see the fragments that attach), they have a parameter _stp_here; everywhere else the name is
 * this one, which says that the context is to be asked.
 */
struct _stp_here {
	bool known;
	int level;
	unsigned long distance; /* _stp_distance of this CPU */
};

static const struct _stp_here _stp_here = { .known = false };

/* From the first CPU's copy of per-CPU memory to this one's. Who needs it (maps) sets it at load. */
static DEFINE_PER_CPU(unsigned long, _stp_distance);

/**
 * _stp_here_now() - the calling handler's context
 *
 * Context: any, between _stp_enter() and _stp_leave().
 */
static __always_inline struct _stp_here _stp_here_now(void)
{
	return (struct _stp_here){ true, raw_cpu_read(_stp_level), raw_cpu_read(_stp_distance) };
}

/**
 * _stp_level_is_first() - whether the calling context is a handler that interrupted no other one, as most are
 *
 * Context: any.
 */
static __always_inline bool _stp_level_is_first(void)
{
#ifdef CONFIG_X86_64
	bool other; /* one comparison with memory, where the kernel's reading takes a register */

	asm("cmpl $1, %%gs:%1" : "=@ccne"(other) : "m"(_stp_level));
	return !other;
#else
	return _stp_level_now() == 1;
#endif
}

/**
 * _stp_enter() - open a handler; everything a handler does stands between this and _stp_leave()
 *
 * Context: any, with preemption off (as handlers of kprobes, tracepoints and hard interrupts have it; a handler
 * that runs in a thread turns it off first).
 * Return: false if handlers are nested deeper than STP_LEVELS, or the module has stopped collecting: the handler must
 * count the hit as skipped (see hits.c) and return at once, without _stp_leave().
 */
static __always_inline bool _stp_enter(void)
{
	raw_cpu_inc(_stp_level);
	barrier();
	if (likely(raw_cpu_read(_stp_level) <= data_race(_stp_deepest)))
		return true;
	raw_cpu_dec(_stp_level);
	return false;
}

/**
 * _stp_leave() - close a handler that _stp_enter() opened
 *
 * Context: any, on the CPU of its _stp_enter().
 */
static __always_inline void _stp_leave(void)
{
	barrier();
	raw_cpu_dec(_stp_level);
}

/**
 * _stp_stop_collecting() - let no handler do anything from now on; those that run end as usual
 *
 * Hits after this are counted as skipped.
 * Context: any.
 */
static void _stp_stop_collecting(void)
{
	WRITE_ONCE(_stp_deepest, 0);
}
