// SPDX-License-Identifier: GPL-2.0
/*
 * switches: why processes leave a CPU.
 *
 * At each switch the scheduler's tracepoint tells who leaves, and in which state: a process that is still willing to run was
 * preempted, one in an interruptible state went to sleep by itself. At unload, a line a process:
 *
 *     switches: sleeper: slept 25 times
 *     switches: sleeper: preempted 3 times
 */
#include <trace/events/sched.h>

static MAP slept, preempted;	/* both: name of a process -> switches */

_STP_TRACEPOINT(sched_switch, switched,
		TP_PROTO(bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state),
		TP_ARGS(preempt, prev, next, prev_state))
{
	if (!prev->pid)
		return;		/* the idle task gives way to anybody */
	if (preempt || prev_state == TASK_RUNNING) {
		_stp_map_key(preempted, prev->comm);
		_stp_map_add_int64(preempted, 1);
	} else if (prev_state & TASK_INTERRUPTIBLE) {
		_stp_map_key(slept, prev->comm);
		_stp_map_add_int64(slept, 1);
	}
}

static struct _stp_tracepoint probes[] = { { .name = "sched_switch", .handler = &switched } };

static int probe_begin(void)
{
	slept = _stp_map_new(1000, INT64);
	preempted = _stp_map_new(1000, INT64);
	if (!slept || !preempted)
		return -ENOMEM;
	return _stp_register_tracepoints(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
	struct map_node_int64 *process;

	foreach (slept, process)
		dlog("%s: slept %lld times", key1str(process), process->val);
	foreach (preempted, process)
		dlog("%s: preempted %lld times", key1str(process), process->val);
}
