// SPDX-License-Identifier: GPL-2.0
/*
 * kprobes, third part: groups of probes, and what the kernel skipped.
 *
 * The kernel is given copies, never the caller's array. Each probe's `nmissed` is read once it is unregistered and final.
 *
 * The kernel drops a hit on a CPU where another kprobe handler runs, and counts it in `nmissed` (without a lock: two CPUs
 * that skip at the same moment may count once). The final line of a probe that lost hits is in hits.c of context.
 *
 * A probe with a post_handler and one without do not go together at one function's entry: if the one without was there first, the
 * kernel warns when it removes the last of them.
 *
 * Handlers run with preemption off. At a function's entry (ftrace) interrupts are on, elsewhere they are off; never sleep.
 */

static int _stp_kprobe_arm(struct _stp_probe *probe)
{
	struct _stp_kprobe *kprobe = container_of(probe, struct _stp_kprobe, probe);
	struct kprobe *user = probe->user;
	int ret;

	_stp_take_name(user);
	kprobe->pre = user->pre_handler;
	kprobe->post = user->post_handler;
	kprobe->kp = (struct kprobe) {
		.symbol_name = user->symbol_name,
		.addr = user->addr,
		.offset = user->offset,
	};
	_stp_kprobe_choose(kprobe);
	ret = register_kprobe(&kprobe->kp);
	if (ret)
		_stp_refused(user, "", ret);
	else
		user->addr = kprobe->kp.addr;
	return ret;
}

/* The caller's array is then as it was before. */
static void _stp_kprobes_disarm(struct _stp_group *group, int num)
{
	struct _stp_kprobe *kprobe = group->probes;
	int i;

	unregister_kprobes((struct kprobe **)group->handles, num);
	for (i = 0; i < num; i++, kprobe++) {
		kprobe->missed += kprobe->kp.nmissed;
		_stp_forget_address(kprobe->probe.user);
	}
}

static void _stp_kprobe_report(struct _stp_probe *probe)
{
	struct _stp_kprobe *kprobe = container_of(probe, struct _stp_kprobe, probe);

	_stp_hits_report(&probe->hits, kprobe->missed, NULL, 0, "%s: %lu skipped by the kernel (nmissed), ",
			 _stp_probed_name(probe->user), kprobe->missed);
}

static const struct _stp_way _stp_kprobe_way = {
	.size = sizeof(struct _stp_kprobe),
	.handle = offsetof(struct _stp_kprobe, kp),
	.arm = _stp_kprobe_arm,
	.disarm = _stp_kprobes_disarm,
	.report = _stp_kprobe_report,
};

/*
 * How a group is registered where a name may stand for more than the function of that name. The fragment syscall_names
 * defines it; without that fragment this is all there is of it, and the compiler drops the question.
 */
struct _stp_naming {
	int (*register_group)(struct kprobe *first, size_t stride, int num);
	void (*unregister_group)(struct kprobe *first, int num);
};
static const struct _stp_naming _stp_naming;

static int _stp_register_named(struct kprobe *first, size_t stride, int num)
{
	if (_stp_naming.register_group)
		return _stp_naming.register_group(first, stride, num);
	return _stp_register_probes(&_stp_kprobe_way, first, stride, num);
}

static void _stp_unregister_named(struct kprobe *first, int num)
{
	if (_stp_naming.unregister_group)
		_stp_naming.unregister_group(first, num);
	else
		_stp_unregister_probes(first, num);
}

/**
 * _stp_register_kprobes() - register a group of kprobes, all or none
 * @probes: an array; of each .symbol_name (or .addr, an address or a name), .offset, .pre_handler, .post_handler count.
 *          It stays the caller's, who must leave it where it is until the module goes; .addr holds the address probed
 *          while the group is registered, and the handlers are given the array's own elements.
 * @num: how many
 *
 * Return: 0, or -errno after one message that names the probe and why; then none is registered.
 * Context: process, may sleep.
 */
static inline int _stp_register_kprobes(struct kprobe *probes, int num)
{
	return _stp_register_named(probes, sizeof(*probes), num);
}

/**
 * _stp_unregister_kprobes() - unregister such a group, and wait until none of its handlers runs
 * @probes: the array it was registered with; a group that is not registered is left alone
 * @num: as it was registered
 *
 * A probe's end need not do it: the module does at its stop.
 * Context: process, sleeps for a grace period.
 */
static inline void _stp_unregister_kprobes(struct kprobe *probes, int num)
{
	_stp_unregister_named(probes, num);
}
