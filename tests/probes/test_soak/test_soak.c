// SPDX-License-Identifier: GPL-2.0
/*
 * Counts getppid() by its first argument (it takes none, so the caller may give any), by thread with statistics of that
 * argument, all this in shared maps and per CPU, and keeps the last ones in a list. A counter beside the runtime tells how
 * often the handler ran: at any unload, also while threads go on to hit, all hold as much.
 */
#include <linux/percpu.h>

static MAP arguments;
static MAP threads;
static MAP last;
static PMAP arguments_by_cpu;	/* the same as arguments and threads */
static PMAP threads_by_cpu;
static DEFINE_PER_CPU(long, handled);
static atomic_long_t until_asking;

static int called(struct kprobe *p, struct pt_regs *regs)
{
	long argument = _stp_syscall_arg(regs, 0);

	raw_cpu_inc(handled); /* no other handler of this module interrupts this one */
	_stp_map_key_long(arguments, argument);
	_stp_map_add_int64(arguments, 1);
	_stp_map_key_str(threads, current->comm);
	_stp_map_stat_add(threads, argument);
	_stp_map_key_long(arguments_by_cpu, argument);
	_stp_map_add_int64(arguments_by_cpu, 1);
	_stp_map_key_str(threads_by_cpu, current->comm);
	_stp_map_stat_add(threads_by_cpu, argument);
	_stp_list_add_int64(last, argument);
	if (ASK_AFTER && atomic_long_dec_return(&until_asking) == 0)
		_stp_ask_unload_since("it has seen enough");
	return 0;
}

static struct kprobe probe = { .symbol_name = _stp_syscall("getppid"), .pre_handler = called };

static int probe_begin(void)
{
	atomic_long_set(&until_asking, ASK_AFTER);
	arguments = _stp_map_new(KEYS, INT64);
	threads = _stp_map_new(THREADS, STAT);
	last = _stp_list_new(LAST, INT64);
	arguments_by_cpu = _stp_pmap_new(KEYS, INT64);
	threads_by_cpu = _stp_pmap_new(THREADS, STAT);
	if (!arguments || !threads || !last || !arguments_by_cpu || !threads_by_cpu)
		return -ENOMEM;
	return _stp_register_kprobes(&probe, 1);
}

/* What the maps hold, and whether it is just as much as was handled. */
#define CHECK_TOTALS(arguments, threads, hits)                               \
	({                                                                   \
		s64 by_argument = 0, by_thread = 0, sum = 0, thread_sum = 0; \
		struct map_node_int64 *argument;                             \
		struct map_node_stat *thread;                                \
                                                                             \
		foreach (arguments, argument) {                              \
			by_argument += argument->val;                        \
			sum += argument->val * key1int(argument);            \
		}                                                            \
		foreach (threads, thread) {                                  \
			by_thread += thread->stats.count;                    \
			thread_sum += thread->stats.sum;                     \
		}                                                            \
		CHECK(by_argument == (hits));                                \
		CHECK(by_thread == (hits));                                  \
		CHECK(thread_sum == sum);                                    \
		sum;                                                         \
	})

static void probe_end(void)
{
	struct map_node_stat *thread;
	long hits = 0;
	s64 sum;
	int cpu;

	for_each_possible_cpu(cpu)
		hits += per_cpu(handled, cpu);
	sum = CHECK_TOTALS(arguments, threads, hits);
	CHECK(CHECK_TOTALS(arguments_by_cpu, threads_by_cpu, hits) == sum);
	CHECK(_stp_list_size(last) == min_t(long, hits, LAST));
	if (!TELL)
		return;
	foreach (threads, thread)
		dlog("thread %s: %lld", key1str(thread), (long long)thread->stats.count);
	dlog("handled %ld, sum of arguments %lld, listed %u", hits, sum, _stp_list_size(last));
}
