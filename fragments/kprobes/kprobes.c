// SPDX-License-Identifier: GPL-2.0
/*
 * kprobes, second part: groups of probes, their handlers, and what the kernel skipped.
 *
 * The kernel is given copies, never the caller's array: a copy's handlers enter the runtime (so that nested handlers keep
 * their own current elements), call the caller's, and leave. A group is remembered until the module goes. What is still
 * registered when the module stops is unregistered then; each probe's `nmissed` is read after that, when it is final.
 *
 * The kernel drops a hit on a CPU where another kprobe handler runs, and counts it in `nmissed` (without a lock: two CPUs
 * that skip at the same moment may count once). The final line of a probe that lost hits is in hits.c of context.
 *
 * Handlers run with preemption off. At a function's entry (ftrace) interrupts are on, elsewhere they are off; never sleep.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/overflow.h>

struct _stp_kprobe {
	struct kprobe kp;		/* the kernel's */
	struct kprobe *user;		/* the caller's */
	kprobe_pre_handler_t pre;	/* the caller's, at hand */
	kprobe_post_handler_t post;
	struct _stp_hits hits;
	unsigned long missed;		/* nmissed, of all times it was registered */
};

struct _stp_kprobes {
	struct list_head list;
	struct kprobe *first;		/* the caller's; with num it names the group */
	int num;
	bool armed;
	struct kprobe **kps;		/* as unregister_kprobes() wants them */
	struct _stp_kprobe probes[];
};

static LIST_HEAD(_stp_kprobe_groups);
static DEFINE_MUTEX(_stp_kprobe_mutex);	/* the list, and arming and disarming; no handler takes it */

/*
 * A handler's result is not passed on: other than 0 tells the kernel that the handler moved the instruction pointer, and a
 * probe only looks.
 */
static int _stp_kprobe_pre(struct kprobe *kp, struct pt_regs *regs)
{
	struct _stp_kprobe *probe = container_of(kp, struct _stp_kprobe, kp);

	if (_stp_hits_enter(&probe->hits)) {
		probe->pre(probe->user, regs);
		_stp_leave();
	}
	return 0;
}

/* The hit is in the account already where there is a pre_handler, too. */
static void _stp_kprobe_post(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
	struct _stp_kprobe *probe = container_of(kp, struct _stp_kprobe, kp);

	if (probe->pre ? _stp_enter() : _stp_hits_enter(&probe->hits)) {
		probe->post(probe->user, regs, flags);
		_stp_leave();
	}
}

/* The first @num probes of a group end; the caller's array is as it was before. */
static void _stp_disarm(struct _stp_kprobes *group, int num)
{
	int i;

	unregister_kprobes(group->kps, num);	/* waits: no handler runs any more, nmissed is final */
	for (i = 0; i < num; i++) {
		struct _stp_kprobe *probe = &group->probes[i];

		probe->missed += probe->kp.nmissed;
		if (probe->user->symbol_name)
			probe->user->addr = NULL;
	}
	group->armed = false;
}

static int _stp_arm_one(struct _stp_kprobe *probe)
{
	struct kprobe *user = probe->user;
	int ret;

	_stp_take_name(user);
	probe->pre = user->pre_handler;
	probe->post = user->post_handler;
	probe->kp = (struct kprobe) {
		.symbol_name = user->symbol_name,
		.addr = user->addr,
		.offset = user->offset,
		.pre_handler = user->pre_handler ? _stp_kprobe_pre : NULL,
		.post_handler = user->post_handler ? _stp_kprobe_post : NULL,
	};
	ret = register_kprobe(&probe->kp);
	if (!ret)
		user->addr = probe->kp.addr;
	else if (user->symbol_name)
		pr_err("cannot probe %s: %s (%d)\n", user->symbol_name, _stp_why_not(ret), ret);
	else
		pr_err("cannot probe address %px: %s (%d)\n", user->addr, _stp_why_not(ret), ret);
	return ret;
}

static int _stp_arm(struct _stp_kprobes *group)
{
	int i, ret;

	if (group->armed) {
		pr_err("these %d probes are registered already\n", group->num);
		return -EBUSY;
	}
	for (i = 0; i < group->num; i++) {
		ret = _stp_arm_one(&group->probes[i]);
		if (ret) {
			_stp_disarm(group, i);
			return ret;
		}
	}
	group->armed = true;
	return 0;
}

static struct _stp_kprobes *_stp_find_group(struct kprobe *first, int num)
{
	struct _stp_kprobes *group;

	list_for_each_entry(group, &_stp_kprobe_groups, list)
		if (group->first == first && group->num == num)
			return group;
	return NULL;
}

static void _stp_free_group(struct _stp_kprobes *group)
{
	int i;

	for (i = 0; i < group->num; i++)
		_stp_hits_free(&group->probes[i].hits);
	_stp_free(group->kps);
	_stp_free(group);
}

/* Probes of @num structures that are @stride bytes apart and each begin with a struct kprobe. */
static struct _stp_kprobes *_stp_new_group(struct kprobe *first, size_t stride, int num)
{
	struct _stp_kprobes *group = _stp_calloc(struct_size(group, probes, num));
	int i;

	if (!group)
		return NULL;
	group->first = first;
	group->num = num;
	group->kps = _stp_calloc(array_size(num, sizeof(*group->kps)));
	if (!group->kps)
		goto fail;
	for (i = 0; i < num; i++) {
		group->probes[i].user = (void *)first + i * stride;
		group->kps[i] = &group->probes[i].kp;
		if (_stp_hits_init(&group->probes[i].hits))
			goto fail;
	}
	list_add_tail(&group->list, &_stp_kprobe_groups);
	return group;
fail:
	_stp_free_group(group);
	return NULL;
}

static int _stp_register_group(struct kprobe *first, size_t stride, int num)
{
	struct _stp_kprobes *group;
	int ret = -ENOMEM;

	if (num <= 0)
		return -EINVAL;
	mutex_lock(&_stp_kprobe_mutex);
	group = _stp_find_group(first, num) ?: _stp_new_group(first, stride, num);
	if (group)
		ret = _stp_arm(group);
	mutex_unlock(&_stp_kprobe_mutex);
	return ret;
}

static void _stp_unregister_group(struct kprobe *first, int num)
{
	struct _stp_kprobes *group;

	mutex_lock(&_stp_kprobe_mutex);
	group = _stp_find_group(first, num);
	if (group && group->armed)
		_stp_disarm(group, num);
	mutex_unlock(&_stp_kprobe_mutex);
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
	return _stp_register_group(probes, sizeof(*probes), num);
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
	_stp_unregister_group(probes, num);
}

/* Hook stop: whatever is still registered ends here, before the probe's end. */
static void _stp_kprobes_stop(void)
{
	struct _stp_kprobes *group;

	mutex_lock(&_stp_kprobe_mutex);
	list_for_each_entry(group, &_stp_kprobe_groups, list)
		if (group->armed)
			_stp_disarm(group, group->num);
	mutex_unlock(&_stp_kprobe_mutex);
}

/* Hook report: what the kernel skipped. */
static void _stp_kprobes_report(void)
{
	struct _stp_kprobes *group;
	int i;

	list_for_each_entry(group, &_stp_kprobe_groups, list) {
		for (i = 0; i < group->num; i++) {
			struct _stp_kprobe *probe = &group->probes[i];

			_stp_hits_report(&probe->hits, probe->user->symbol_name ?: "a probe without a name", probe->missed,
					 NULL, 0);
		}
	}
}

/* Hook exit. */
static void _stp_kprobes_exit(void)
{
	struct _stp_kprobes *group, *next;

	list_for_each_entry_safe(group, next, &_stp_kprobe_groups, list)
		_stp_free_group(group);
}
