// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoint `kfree` is hit by each kfree(), also of NULL, and says where it was called: only calls of this module count here.
 */
#include <linux/slab.h>
#include <trace/events/kmem.h>
#include <trace/events/printk.h>

#define CALLS 20

static atomic_t seen = ATOMIC_INIT(0);		/* calls of this module */
static atomic_t nested = ATOMIC_INIT(0);	/* runs of the handler that calls kfree() itself */

_STP_TRACEPOINT(kfree, freed, TP_PROTO(unsigned long call_site, const void *ptr), TP_ARGS(call_site, ptr))
{
	if (within_module(call_site, THIS_MODULE)) {
		CHECK(!ptr);
		atomic_inc(&seen);
	}
}

_STP_TRACEPOINT_UNCHECKED(freed_by_itself, TP_PROTO(unsigned long call_site, const void *ptr), TP_ARGS(call_site, ptr))
{
	if (within_module(call_site, THIS_MODULE)) {
		atomic_inc(&nested);
		kfree(NULL);
	}
}

/* Hit by each line of the log, so by its own, too. */
_STP_TRACEPOINT(console, echoed, TP_PROTO(const char *text, size_t length), TP_ARGS(text, length))
{
	pr_info("echo\n");
}

static struct _stp_tracepoint once[] = { { .name = "kfree", .handler = &freed } };
static struct _stp_tracepoint again[] = { { .name = "kfree", .handler = &freed_by_itself } };
static struct _stp_tracepoint echo[] = { { .name = "console", .handler = &echoed } };

static void call(void)
{
	int i;

	for (i = 0; i < CALLS; i++)
		kfree(NULL);
}

static void test_refusals(void)
{
	struct _stp_tracepoint misspelt[] = {
		{ .name = "kfree", .handler = &freed },
		{ .name = "sched_swich", .handler = &freed },
	};
	struct _stp_tracepoint strange[] = { { .name = "?", .handler = &freed } };
	struct _stp_tracepoint bare[] = { { .name = "kfree" } };

	CHECK(_stp_register_tracepoints(misspelt, ARRAY_SIZE(misspelt)) == -ENOENT);
	CHECK(_stp_register_tracepoints(strange, ARRAY_SIZE(strange)) == -ENOENT);
	CHECK(_stp_register_tracepoints(bare, ARRAY_SIZE(bare)) == -EINVAL);
	atomic_set(&seen, 0);
	call();
	CHECK(atomic_read(&seen) == 0);
}

static int probe_begin(void)
{
	test_refusals();

	CHECK(!_stp_register_tracepoints(once, ARRAY_SIZE(once)));
	CHECK(_stp_register_tracepoints(once, ARRAY_SIZE(once)) == -EBUSY);
	call();
	_stp_unregister_tracepoints(once, ARRAY_SIZE(once));
	CHECK(atomic_read(&seen) == CALLS);
	call();
	CHECK(atomic_read(&seen) == CALLS);
	CHECK(!_stp_register_tracepoints(once, ARRAY_SIZE(once)));
	call();
	_stp_unregister_tracepoints(once, ARRAY_SIZE(once));
	CHECK(atomic_read(&seen) == 2 * CALLS);

	CHECK(!_stp_register_tracepoints(again, ARRAY_SIZE(again)));
	call();
	_stp_unregister_tracepoints(again, ARRAY_SIZE(again));
	CHECK(atomic_read(&nested) == STP_LEVELS * CALLS);

	CHECK(!_stp_register_tracepoints(echo, ARRAY_SIZE(echo)));
	pr_info("call\n");
	_stp_unregister_tracepoints(echo, ARRAY_SIZE(echo));
	return 0;
}

static void probe_end(void)
{
}
