// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_names, second part: the probes that stand behind those with plain names.
 *
 * A group that has a plain name is registered as another group, one probe for each function behind a name. The handlers of
 * that group put the arguments into a copy of the registers and call the caller's own, with the caller's struct kprobe. The
 * account of hits is kept for each function, by its true name. A post_handler is given the registers as they are.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/overflow.h>

struct _stp_entry_probe {
	struct kprobe kp;
	struct kprobe *user;
	_stp_unpack unpack;		/* NULL where the name is no system call's */
	char symbol[64];
};

struct _stp_expansion {
	struct list_head list;
	struct kprobe *first;		/* the caller's; with num it names the group */
	int num;
	int total;
	bool armed;
	struct _stp_entry_probe probes[];
};

static LIST_HEAD(_stp_expansions);
static DEFINE_MUTEX(_stp_expansion_mutex);	/* the list; no handler takes it */

/* A handler's registers that hold unpacked arguments point here. */
static const char _stp_unpacked_mark;

static unsigned long *_stp_mark_of(struct pt_regs *regs)
{
#if defined(CONFIG_X86_64)
	return &regs->orig_ax;		/* at a function's entry neither is in use */
#else
	return (unsigned long *)&regs->orig_x0;
#endif
}

static bool _stp_has_mark(const struct pt_regs *regs)
{
	return *_stp_mark_of((struct pt_regs *)regs) == (unsigned long)&_stp_unpacked_mark;
}

static bool (*const _stp_is_unpacked)(const struct pt_regs *regs) = _stp_has_mark;

static int _stp_entry_pre(struct kprobe *kp, struct pt_regs *regs)
{
	struct _stp_entry_probe *probe = container_of(kp, struct _stp_entry_probe, kp);
	unsigned long args[_STP_SYSCALL_ARGS] = { 0 };
	struct pt_regs plain;
	int n;

	if (!probe->unpack)
		return probe->user->pre_handler(probe->user, regs);
	probe->unpack(args, (const struct pt_regs *)_stp_arg(regs, 0));
	plain = *regs;
	for (n = 0; n < _STP_SYSCALL_ARGS; n++)
		_stp_set_arg(&plain, n, args[n]);
	*_stp_mark_of(&plain) = (unsigned long)&_stp_unpacked_mark;
	probe->user->pre_handler(probe->user, &plain);
	/* What lies on a stack later must not take this for its own. */
	WRITE_ONCE(*_stp_mark_of(&plain), 0);
	return 0;
}

static void _stp_entry_post(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
	struct _stp_entry_probe *probe = container_of(kp, struct _stp_entry_probe, kp);

	probe->user->post_handler(probe->user, regs, flags);
}

/* Makes @probe the one of an entry; its name is where the kernel looks for the function. */
static void _stp_fill_entry(struct _stp_entry_probe *probe, struct kprobe *user, const struct _stp_syscall_entry *entry)
{
	probe->user = user;
	probe->unpack = entry->unpack;
	probe->kp = (struct kprobe) {
		.symbol_name = user->symbol_name,
		.addr = user->symbol_name ? NULL : user->addr,
		.offset = user->offset,
		.pre_handler = user->pre_handler ? _stp_entry_pre : NULL,
		.post_handler = user->post_handler ? _stp_entry_post : NULL,
	};
	if (entry->name) {
		scnprintf(probe->symbol, sizeof(probe->symbol), _stp_syscall("%s"), entry->name);
		probe->kp.symbol_name = probe->symbol;
	}
}

/* How many functions stand behind a group; where @probes is not NULL, they are put there. */
static int _stp_entries(struct kprobe *first, size_t stride, int num, struct _stp_entry_probe *probes)
{
	struct _stp_syscall_entry entry;
	int i, nth, total = 0;

	for (i = 0; i < num; i++) {
		struct kprobe *user = (void *)first + i * stride;

		for (nth = 0; _stp_nth_entry(&entry, user->symbol_name, nth); nth++, total++)
			if (probes)
				_stp_fill_entry(&probes[total], user, &entry);
	}
	return total;
}

static bool _stp_has_plain_names(struct kprobe *first, size_t stride, int num)
{
	bool has = false;
	int i;

	for (i = 0; i < num; i++) {
		struct kprobe *user = (void *)first + i * stride;

		_stp_take_name(user);
		if (_stp_plain_call(user->symbol_name))
			has = true;
	}
	return has;
}

static struct _stp_expansion *_stp_find_expansion(struct kprobe *first, int num, int total)
{
	struct _stp_expansion *expansion;

	list_for_each_entry(expansion, &_stp_expansions, list)
		if (expansion->first == first && expansion->num == num && expansion->total == total)
			return expansion;
	return NULL;
}

/*
 * The expansion of a group as its names are now; NULL after a message where there is no memory. It is kept until the
 * module goes, for the account of its probes is.
 */
static struct _stp_expansion *_stp_expand(struct kprobe *first, size_t stride, int num)
{
	int total = _stp_entries(first, stride, num, NULL);
	struct _stp_expansion *expansion = _stp_find_expansion(first, num, total);

	if (!expansion) {
		expansion = _stp_calloc(struct_size(expansion, probes, total));
		if (!expansion)
			return NULL;
		expansion->first = first;
		expansion->num = num;
		expansion->total = total;
		list_add(&expansion->list, &_stp_expansions);
	}
	if (!expansion->armed)
		_stp_entries(first, stride, num, expansion->probes);
	return expansion;
}

static int _stp_register_plain(struct kprobe *first, size_t stride, int num)
{
	struct _stp_expansion *expansion;
	int i, ret = -ENOMEM;

	if (num <= 0 || !_stp_has_plain_names(first, stride, num))
		return _stp_register_probes(&_stp_kprobe_way, first, stride, num);
	mutex_lock(&_stp_expansion_mutex);
	expansion = _stp_expand(first, stride, num);
	if (expansion)
		ret = _stp_register_probes(&_stp_kprobe_way, expansion->probes, sizeof(*expansion->probes),
					   expansion->total);
	if (!ret) {
		expansion->armed = true;
		for (i = 0; i < expansion->total; i++)
			expansion->probes[i].user->addr = expansion->probes[i].kp.addr;
	}
	mutex_unlock(&_stp_expansion_mutex);
	return ret;
}

static void _stp_unregister_plain(struct kprobe *first, int num)
{
	struct _stp_expansion *expansion;
	int i;

	mutex_lock(&_stp_expansion_mutex);
	list_for_each_entry(expansion, &_stp_expansions, list)
		if (expansion->armed && expansion->first == first && expansion->num == num)
			break;
	if (list_entry_is_head(expansion, &_stp_expansions, list)) {
		_stp_unregister_probes(first, num);
	} else {
		_stp_unregister_probes(expansion->probes, expansion->total);
		expansion->armed = false;
		for (i = 0; i < expansion->total; i++)
			if (expansion->probes[i].user->symbol_name)
				expansion->probes[i].user->addr = NULL;
	}
	mutex_unlock(&_stp_expansion_mutex);
}

static const struct _stp_naming _stp_naming = { _stp_register_plain, _stp_unregister_plain };

/* Hook exit. */
static void _stp_syscall_names_exit(void)
{
	struct _stp_expansion *expansion, *next;

	list_for_each_entry_safe(expansion, next, &_stp_expansions, list)
		_stp_free(expansion);
}
