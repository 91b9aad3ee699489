// SPDX-License-Identifier: GPL-2.0
/*
 * kretprobes: groups of probes on the return of functions, with data kept from entry to return.
 *
 * For each call under way the kernel needs an instance, which holds the return address and the probe's data. It makes them
 * ahead: KRETPROBE_MAXACTIVE for each probe, or what the probe's own .maxactive says. A call that finds none left is not
 * followed, nor is one made while another kprobe handler runs on that CPU; the kernel counts both (without a lock, as for
 * kprobes).
 *
 *   calls = handled + what the one line at unload calls lost + exits that had not come when the probe ended
 *
 * A call is handled once its return was, or once the entry handler said (by anything but 0) that it wants no return. Calls
 * that never return (the task died in them) or were under way at the end are told in a line of their own. The kernel lets
 * them return untouched, so that the module can go.
 *
 * Handlers run with preemption off; interrupts are mostly on. get_kretprobe() of an instance gives the kernel's copy;
 * the caller's own structure is _stp_kretprobe_user().
 */
#include <linux/percpu.h>

struct _stp_kretprobe {
	struct _stp_probe probe;
	struct kretprobe rp;		/* the kernel's */
	kretprobe_handler_t entry;	/* the caller's, at hand */
	kretprobe_handler_t exit;
	long __percpu *inside;		/* entries less exits; a call may leave on another CPU */
	unsigned long missed;		/* nmissed of its kprobe, of all times it was registered */
	unsigned long full;		/* nmissed of the kretprobe itself: no instance was free */
};

/* NULL where the probe ended meanwhile (without rethook, the kernel forgets the probe first). */
static __always_inline struct _stp_kretprobe *_stp_kretprobe_of(struct kretprobe_instance *ri)
{
	struct kretprobe *rp = get_kretprobe(ri);

	return likely(rp) ? container_of(rp, struct _stp_kretprobe, rp) : NULL;
}

/**
 * _stp_kretprobe_user() - the caller's structure, in a handler
 * @ri: what the handler was given
 *
 * Context: handler.
 * Return: the element of the array that was registered; NULL if it ended meanwhile.
 */
static inline struct kretprobe *_stp_kretprobe_user(struct kretprobe_instance *ri)
{
	struct _stp_kretprobe *kretprobe = _stp_kretprobe_of(ri);

	return kretprobe ? kretprobe->probe.user : NULL;
}

/* Other than 0 tells the kernel to leave this call's return alone. */
static int _stp_kretprobe_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct _stp_kretprobe *kretprobe = _stp_kretprobe_of(ri);
	int unwanted = 0;

	if (!kretprobe)
		return 1;
	if (kretprobe->entry) {
		if (!_stp_enter()) {
			_stp_hits_skipped(&kretprobe->probe.hits);
			return 1;
		}
		unwanted = kretprobe->entry(ri, regs);
		if (unwanted)
			raw_cpu_inc(*kretprobe->probe.hits.handled);
		_stp_leave();
	}
	if (!unwanted)
		raw_cpu_inc(*kretprobe->inside);
	return unwanted;
}

static int _stp_kretprobe_exit(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct _stp_kretprobe *kretprobe = _stp_kretprobe_of(ri);

	if (!kretprobe)
		return 0;
	raw_cpu_dec(*kretprobe->inside);
	if (_stp_hits_enter(&kretprobe->probe.hits)) {
		if (kretprobe->exit)
			kretprobe->exit(ri, regs);
		_stp_leave();
	}
	return 0;
}

static int _stp_kretprobe_arm(struct _stp_probe *probe)
{
	struct _stp_kretprobe *kretprobe = container_of(probe, struct _stp_kretprobe, probe);
	struct kretprobe *user = probe->user;
	int ret;

	if (!kretprobe->inside)
		kretprobe->inside = _stp_alloc_percpu(sizeof(long));
	if (!kretprobe->inside)
		return -ENOMEM;
	_stp_take_name(&user->kp);
	kretprobe->entry = user->entry_handler;
	kretprobe->exit = user->handler;
	kretprobe->rp = (struct kretprobe) {
		.kp.symbol_name = user->kp.symbol_name,
		.kp.addr = user->kp.addr,
		.kp.offset = user->kp.offset,
		.entry_handler = _stp_kretprobe_entry,
		.handler = _stp_kretprobe_exit,
		.maxactive = user->maxactive > 0 ? user->maxactive : KRETPROBE_MAXACTIVE,
		.data_size = user->data_size,
	};
	ret = register_kretprobe(&kretprobe->rp);
	if (ret)
		_stp_refused(&user->kp, "the return of ", ret);
	else
		user->kp.addr = kretprobe->rp.kp.addr;
	return ret;
}

/*
 * First no call is entered any more, and then there is a grace period before the returns end, too: most calls that are under way
 * get home in it. After it `nmissed` is final; while a kretprobe is unregistered, the kernel would count there what comes in.
 */
static void _stp_kretprobes_disarm(struct _stp_group *group, int num)
{
	struct _stp_kretprobe *kretprobe = group->probes;
	int i;

	for (i = 0; i < num; i++)
		disable_kretprobe(&kretprobe[i].rp);
	synchronize_rcu();
	for (i = 0; i < num; i++) {
		kretprobe[i].missed += kretprobe[i].rp.kp.nmissed;
		kretprobe[i].full += kretprobe[i].rp.nmissed;
	}
	unregister_kretprobes((struct kretprobe **)group->handles, num);
	for (i = 0; i < num; i++)
		_stp_forget_address(&((struct kretprobe *)kretprobe[i].probe.user)->kp);
}

static void _stp_kretprobe_report(struct _stp_probe *probe)
{
	struct _stp_kretprobe *kretprobe = container_of(probe, struct _stp_kretprobe, probe);
	struct kretprobe *user = probe->user;
	const char *name = _stp_probed_name(&user->kp);
	bool own = user->maxactive > 0;
	long inside = 0;
	int cpu;

	if (!kretprobe->inside)
		return;
	_stp_hits_report(&probe->hits, kretprobe->missed + kretprobe->full,
			 kretprobe->full && !own ? "KRETPROBE_MAXACTIVE" : NULL, KRETPROBE_MAXACTIVE,
			 "the return of %s: %lu skipped by the kernel (nmissed), %lu without a free instance%s, ",
			 name, kretprobe->missed, kretprobe->full, own ? " (.maxactive)" : "");
	for_each_possible_cpu(cpu)
		inside += *per_cpu_ptr(kretprobe->inside, cpu);
	_stp_lost(inside, NULL, 0, "exits of %s: the calls were under way when the probe ended, or never return", name);
}

static void _stp_kretprobe_free(struct _stp_probe *probe)
{
	free_percpu(container_of(probe, struct _stp_kretprobe, probe)->inside);
}

static const struct _stp_way _stp_kretprobe_way = {
	.size = sizeof(struct _stp_kretprobe),
	.handle = offsetof(struct _stp_kretprobe, rp),
	.arm = _stp_kretprobe_arm,
	.disarm = _stp_kretprobes_disarm,
	.report = _stp_kretprobe_report,
	.free = _stp_kretprobe_free,
};

/**
 * _stp_register_kretprobes() - register a group of kretprobes, all or none
 * @probes: an array; of each .kp.symbol_name (or .kp.addr, an address or a name), .handler, .entry_handler, .data_size and
 *          .maxactive count (0: KRETPROBE_MAXACTIVE). It stays the caller's, who must leave it where it is until the module
 *          goes; .kp.addr holds the address probed while the group is registered.
 * @num: how many
 *
 * In a handler ri->data is the call's own data, and regs_return_value(regs) what the function returned.
 *
 * Context: process, may sleep.
 * Return: 0, or -errno after one message that names the probe and why; then none is registered.
 */
static inline int _stp_register_kretprobes(struct kretprobe *probes, int num)
{
	return _stp_register_probes(&_stp_kretprobe_way, probes, sizeof(*probes), num);
}

/**
 * _stp_unregister_kretprobes() - unregister such a group, and wait until none of its handlers runs
 * @probes: the array it was registered with; a group that is not registered is left alone
 * @num: as it was registered
 *
 * A probe's end need not do it: the module does at its stop.
 * Context: process, sleeps for a grace period.
 */
static inline void _stp_unregister_kretprobes(struct kretprobe *probes, int num)
{
	_stp_unregister_probes(probes, num);
}
