// SPDX-License-Identifier: GPL-2.0
/*
 * tracepoints, first part: finding the kernel's tracepoint of a name. Those of modules are not among them.
 */
#include <linux/string.h>
#include <linux/tracepoint.h>

struct _stp_tracepoint_search {
	const char *name;
	struct tracepoint *found;
	const char *nearest;	/* where there is none of that name */
	size_t likeness;
};

/* Characters that two names have in common at both ends; so a letter too much, too few or wrong costs one. */
static size_t _stp_likeness(const char *a, const char *b)
{
	size_t head = 0, tail = 0, room = min(strlen(a), strlen(b));
	const char *a_end = a + strlen(a), *b_end = b + strlen(b);

	while (head < room && a[head] == b[head])
		head++;
	while (head + tail < room && a_end[-1 - (long)tail] == b_end[-1 - (long)tail])
		tail++;
	return head + tail;
}

static void _stp_compare_tracepoint(struct tracepoint *tp, void *search)
{
	struct _stp_tracepoint_search *wanted = search;
	size_t likeness = _stp_likeness(tp->name, wanted->name);

	if (!strcmp(tp->name, wanted->name))
		wanted->found = tp;
	if (likeness > wanted->likeness) {
		wanted->likeness = likeness;
		wanted->nearest = tp->name;
	}
}

/* NULL, after a message, where the kernel has none. */
static struct tracepoint *_stp_find_tracepoint(const char *name)
{
	struct _stp_tracepoint_search search = { .name = name };

	for_each_kernel_tracepoint(_stp_compare_tracepoint, &search);
	if (search.found)
		return search.found;
	if (2 * search.likeness > strlen(name))
		pr_err("cannot attach to tracepoint %s: this kernel has none of that name (%d); did you mean %s?\n",
		       name, -ENOENT, search.nearest);
	else
		pr_err("cannot attach to tracepoint %s: this kernel has none of that name (%d)\n", name, -ENOENT);
	return NULL;
}
