// SPDX-License-Identifier: GPL-2.0
/*
 * tracepoints, second part: groups of handlers on the kernel's tracepoints.
 *
 * A handler has the tracepoint's own parameters, as its header in trace/events/ declares them:
 *
 *     #include <trace/events/sched.h>
 *
 *     _STP_TRACEPOINT(sched_process_exec, executed,
 *                     TP_PROTO(struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm),
 *                     TP_ARGS(task, old_pid, bprm))
 *     {
 *             dlog("%s", bprm->filename);
 *     }
 *
 *     static struct _stp_tracepoint probes[] = { { .name = "sched_process_exec", .handler = &executed } };
 *
 * Handlers run with preemption off, in whatever context the tracepoint stands: some are hit in NMIs. The kernel skips no
 * hit, also not those that a handler itself makes; the depth of nested handlers (STP_LEVELS) ends that, and counts it.
 */

/**
 * struct _stp_trace_handler - what _STP_TRACEPOINT() makes
 * @call: the function that the kernel calls, of the tracepoint's own type
 */
struct _stp_trace_handler {
	void *call;
};

/**
 * struct _stp_tracepoint - a handler and where it belongs
 * @name:    the tracepoint, without its subsystem
 * @handler: made by _STP_TRACEPOINT()
 */
struct _stp_tracepoint {
	const char *name;
	const struct _stp_trace_handler *handler;
};

/**
 * _STP_TRACEPOINT_UNCHECKED() - define a handler where the tracepoint's header is not to be had; its body follows
 * @handler: its name
 * @proto:   TP_PROTO(...), just the tracepoint's own parameters
 * @args:    TP_ARGS(...), their names
 */
#define _STP_TRACEPOINT_UNCHECKED(handler, proto, args)                                       \
	static __always_inline void _stp_body_of_##handler(proto);                            \
	static void _stp_trace_##handler(void *_stp_data, proto)                              \
	{                                                                                     \
		if (_stp_hits_enter(&((struct _stp_probe *)_stp_data)->hits)) {               \
			_stp_body_of_##handler(args);                                         \
			_stp_leave();                                                         \
		}                                                                             \
	}                                                                                     \
	static const struct _stp_trace_handler handler = { .call = _stp_trace_##handler };    \
	static __always_inline void _stp_body_of_##handler(proto)

/**
 * _STP_TRACEPOINT() - the same, and the compiler compares the parameters with the header's
 * @name:    the tracepoint, as its header has it
 * @handler: the handler's name
 * @proto:   TP_PROTO(...)
 * @args:    TP_ARGS(...)
 */
#define _STP_TRACEPOINT(name, handler, proto, args)                                           \
	static void _stp_trace_##handler(void *_stp_data, proto);                             \
	static __always_inline void _stp_type_of_##handler(void)                              \
	{                                                                                     \
		check_trace_callback_type_##name(_stp_trace_##handler);                       \
	}                                                                                     \
	_STP_TRACEPOINT_UNCHECKED(handler, PARAMS(proto), PARAMS(args))

struct _stp_traced {
	struct _stp_probe probe;
	struct tracepoint *tp;
};

static int _stp_tracepoint_arm(struct _stp_probe *probe)
{
	struct _stp_traced *traced = container_of(probe, struct _stp_traced, probe);
	struct _stp_tracepoint *user = probe->user;
	int ret;

	if (!user->name || !user->handler) {
		pr_err("a tracepoint has no %s\n", user->name ? "handler" : "name");
		return -EINVAL;
	}
	traced->tp = _stp_find_tracepoint(user->name);
	if (!traced->tp)
		return -ENOENT;
	ret = tracepoint_probe_register(traced->tp, user->handler->call, probe);
	if (ret)
		pr_err("cannot attach to tracepoint %s: the kernel refused (%d)\n", user->name, ret);
	return ret;
}

static void _stp_tracepoints_disarm(struct _stp_group *group, int num)
{
	struct _stp_traced *traced = group->probes;
	int i;

	for (i = 0; i < num; i++, traced++) {
		struct _stp_tracepoint *user = traced->probe.user;

		tracepoint_probe_unregister(traced->tp, user->handler->call, traced);
	}
	tracepoint_synchronize_unregister();
}

static void _stp_tracepoint_report(struct _stp_probe *probe)
{
	struct _stp_tracepoint *user = probe->user;

	_stp_hits_report(&probe->hits, 0, NULL, 0, "tracepoint %s: ", user->name);
}

static const struct _stp_way _stp_tracepoint_way = {
	.size = sizeof(struct _stp_traced),
	.arm = _stp_tracepoint_arm,
	.disarm = _stp_tracepoints_disarm,
	.report = _stp_tracepoint_report,
};

/**
 * _stp_register_tracepoints() - attach a group of handlers, all or none
 * @probes: an array, which must stay where it is until the module goes
 * @num: how many
 *
 * Context: process, may sleep.
 * Return: 0, or -errno after one message that names the tracepoint and why; then none is attached.
 */
static inline int _stp_register_tracepoints(struct _stp_tracepoint *probes, int num)
{
	return _stp_register_probes(&_stp_tracepoint_way, probes, sizeof(*probes), num);
}

/**
 * _stp_unregister_tracepoints() - detach such a group, and wait until none of its handlers runs
 * @probes: the array it was registered with; a group that is not registered is left alone
 * @num: as it was registered
 *
 * A probe's end need not do it: the module does at its stop.
 * Context: process, sleeps for a grace period.
 */
static inline void _stp_unregister_tracepoints(struct _stp_tracepoint *probes, int num)
{
	_stp_unregister_probes(probes, num);
}
