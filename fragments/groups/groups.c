// SPDX-License-Identifier: GPL-2.0
/*
 * groups: what all ways to attach share. A caller's array of probes is a group: armed all or none, disarmed at the latest when
 * the module stops, its losses told at unload.
 *
 * The caller's array stays the caller's. For each of its elements the way has a structure of its own, which holds what the
 * kernel is given and begins with a struct _stp_probe. A group is remembered until the module goes, so that its account goes
 * on when it is armed again.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/overflow.h>

/**
 * struct _stp_probe - one probe, whatever it is attached to
 * @user: the caller's structure
 * @hits: what became of its hits
 */
struct _stp_probe {
	void *user;
	struct _stp_hits hits;
};

struct _stp_group;

/**
 * struct _stp_way - a way to attach; all its functions run in process context, one at a time
 * @size:   of its structure
 * @handle: where in that the kernel's own structure is
 * @arm:    attach one probe; 0, or -errno after a message
 * @disarm: detach the first probes of a group, and wait until none of their handlers runs
 * @report: tell the losses of one probe
 * @free:   free what else the way got for one probe; or NULL
 */
struct _stp_way {
	size_t size;
	size_t handle;
	int (*arm)(struct _stp_probe *probe);
	void (*disarm)(struct _stp_group *group, int num);
	void (*report)(struct _stp_probe *probe);
	void (*free)(struct _stp_probe *probe);
};

struct _stp_group {
	struct list_head list;
	const struct _stp_way *way;
	void *first;		/* the caller's; with num it names the group */
	int num;
	bool armed;
	void **handles;		/* the kernel's structures, as its functions for several want them */
	void *probes;		/* the way's structures */
};

static LIST_HEAD(_stp_groups);
static DEFINE_MUTEX(_stp_groups_mutex);	/* the list, arming and disarming; no handler takes it */

static struct _stp_probe *_stp_probe_of(struct _stp_group *group, int i)
{
	return group->probes + i * group->way->size;
}

static void _stp_disarm(struct _stp_group *group, int num)
{
	if (num)
		group->way->disarm(group, num);
	group->armed = false;
}

static int _stp_arm(struct _stp_group *group)
{
	int i, ret;

	if (group->armed) {
		pr_err("these %d probes are registered already\n", group->num);
		return -EBUSY;
	}
	for (i = 0; i < group->num; i++) {
		ret = group->way->arm(_stp_probe_of(group, i));
		if (ret) {
			_stp_disarm(group, i);
			return ret;
		}
	}
	group->armed = true;
	return 0;
}

static struct _stp_group *_stp_find_group(void *first, int num)
{
	struct _stp_group *group;

	list_for_each_entry(group, &_stp_groups, list)
		if (group->first == first && group->num == num)
			return group;
	return NULL;
}

static void _stp_report_group(struct _stp_group *group)
{
	int i;

	for (i = 0; i < group->num; i++)
		group->way->report(_stp_probe_of(group, i));
}

static void _stp_free_group(struct _stp_group *group)
{
	int i;

	for (i = 0; group->probes && i < group->num; i++) {
		struct _stp_probe *probe = _stp_probe_of(group, i);

		_stp_hits_free(&probe->hits);
		if (group->way->free)
			group->way->free(probe);
	}
	_stp_free(group->probes);
	_stp_free(group->handles);
	_stp_free(group);
}

static struct _stp_group *_stp_new_group(const struct _stp_way *way, void *first, size_t stride, int num)
{
	struct _stp_group *group = _stp_calloc(sizeof(*group));
	int i;

	if (!group)
		return NULL;
	*group = (struct _stp_group) { .way = way, .first = first, .num = num };
	group->handles = _stp_calloc(array_size(num, sizeof(*group->handles)));
	group->probes = _stp_calloc(array_size(num, way->size));
	if (!group->handles || !group->probes)
		goto fail;
	for (i = 0; i < num; i++) {
		struct _stp_probe *probe = _stp_probe_of(group, i);

		probe->user = first + i * stride;
		group->handles[i] = (void *)probe + way->handle;
		if (_stp_hits_init(&probe->hits))
			goto fail;
	}
	return group;
fail:
	_stp_free_group(group);
	return NULL;
}

/* A group that cannot be armed the first time is forgotten: the caller may then do with its array what it likes. */
static int _stp_arm_new(const struct _stp_way *way, void *first, size_t stride, int num)
{
	struct _stp_group *group = _stp_new_group(way, first, stride, num);
	int ret;

	if (!group)
		return -ENOMEM;
	ret = _stp_arm(group);
	if (ret) {
		_stp_report_group(group);
		_stp_free_group(group);
	} else {
		list_add_tail(&group->list, &_stp_groups);
	}
	return ret;
}

/**
 * _stp_register_probes() - arm a group, all or none
 * @way:    how it is attached
 * @first:  the first of the caller's structures
 * @stride: bytes from one to the next
 * @num:    how many
 *
 * Context: process, may sleep.
 * Return: 0, or -errno after a message; then none is attached.
 */
static int _stp_register_probes(const struct _stp_way *way, void *first, size_t stride, int num)
{
	struct _stp_group *group;
	int ret;

	if (num <= 0)
		return -EINVAL;
	mutex_lock(&_stp_groups_mutex);
	group = _stp_find_group(first, num);
	ret = group ? _stp_arm(group) : _stp_arm_new(way, first, stride, num);
	mutex_unlock(&_stp_groups_mutex);
	return ret;
}

/**
 * _stp_unregister_probes() - disarm a group, and wait until none of its handlers runs
 * @first: as it was registered; a group that is not armed is left alone
 * @num:   as it was registered
 *
 * Context: process, sleeps for a grace period.
 */
static void _stp_unregister_probes(void *first, int num)
{
	struct _stp_group *group;

	mutex_lock(&_stp_groups_mutex);
	group = _stp_find_group(first, num);
	if (group && group->armed)
		_stp_disarm(group, num);
	mutex_unlock(&_stp_groups_mutex);
}

/* Hook stop: whatever is still armed ends here, before the probe's end. */
static void _stp_groups_stop(void)
{
	struct _stp_group *group;

	mutex_lock(&_stp_groups_mutex);
	list_for_each_entry(group, &_stp_groups, list)
		if (group->armed)
			_stp_disarm(group, group->num);
	mutex_unlock(&_stp_groups_mutex);
}

/* Hook report. */
static void _stp_groups_report(void)
{
	struct _stp_group *group;

	list_for_each_entry(group, &_stp_groups, list)
		_stp_report_group(group);
}

/* Hook exit. */
static void _stp_groups_exit(void)
{
	struct _stp_group *group, *next;

	list_for_each_entry_safe(group, next, &_stp_groups, list)
		_stp_free_group(group);
}
