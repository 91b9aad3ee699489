// SPDX-License-Identifier: GPL-2.0
/*
 * Each handler uses maps, strings, memory of the process and buffers of text, so it calls functions that are probed here, takes
 * locks that are probed, and is interrupted by others like it. All probes are on at once.
 *
 * Which of the functions a kernel has, and which of these it lets one probe, differs.
 */

#define NAMES 64
#define LINES 20	/* that the handlers print, all together */

static const char *const functions[] = {
	"_raw_spin_lock", "_raw_spin_lock_irqsave", "_raw_spin_unlock_irqrestore", "__rcu_read_lock", "__rcu_read_unlock",
	"__kmalloc", "__kmalloc_noprof", "kmem_cache_alloc", "kmem_cache_alloc_noprof", "kfree", "copy_from_user_nofault",
	"copy_from_kernel_nofault", "ktime_get", "irq_work_queue", "rt_spin_lock", "mutex_lock", "preempt_count_add",
	"memcpy", "strlen", "strscpy", "vsnprintf", "format_decode", "_printk",
};

/* Printing is not for handlers that may be hit under a lock of printk's own, or of the scheduler's. */
static const char *const printing[] = { "vsnprintf", "__kmalloc", "__kmalloc_noprof", "copy_from_user_nofault", "strscpy" };

static MAP runs_of;		/* number of a probe -> runs */
static MAP runs_in;		/* process name, then "kprobe" or so -> statistics */
static atomic_long_t runs = ATOMIC_LONG_INIT(0);
static atomic_t lines = ATOMIC_INIT(0);
static struct kprobe kprobes[ARRAY_SIZE(functions)];
static struct kretprobe kretprobes[ARRAY_SIZE(functions)];

static void use_the_runtime(int probe, const char *kind)
{
	char start[16];

	atomic_long_inc(&runs);
	_stp_map_key_long(runs_of, probe);
	_stp_map_add_int64(runs_of, 1);
	_stp_map_key_str_str(runs_in, current->comm, kind);
	_stp_map_stat_add(runs_in, probe);
	if (current->mm)
		_stp_strncpy_from_user(start, (const char __user *)current->mm->arg_start, sizeof(start));
	_stp_print_buf_init();
	_stp_print_buf("%s %d in %s", kind, probe, current->comm);
}

static bool prints(const char *function)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(printing); i++)
		if (!strcmp(printing[i], function))
			return true;
	return false;
}

static int entered(struct kprobe *p, struct pt_regs *regs)
{
	use_the_runtime(p - kprobes, "kprobe");
	if (prints(p->symbol_name) && atomic_add_unless(&lines, 1, LINES))
		_stp_print_flush();
	return 0;
}

static int returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	use_the_runtime(_stp_kretprobe_user(ri) - kretprobes, "kretprobe");
	return 0;
}

/* The tracepoints have parameters of various types; all have one, and it does not matter here. */
_STP_TRACEPOINT_UNCHECKED(traced, TP_PROTO(const void *first), TP_ARGS(first))
{
	use_the_runtime(-1, "tracepoint");
}

static struct _stp_tracepoint tracepoints[] = {
	{ .name = "kmalloc", .handler = &traced },
	{ .name = "kfree", .handler = &traced },
	{ .name = "kmem_cache_alloc", .handler = &traced },
	{ .name = "mm_page_alloc", .handler = &traced },
	{ .name = "contention_begin", .handler = &traced },
	{ .name = "contention_end", .handler = &traced },
	{ .name = "sched_switch", .handler = &traced },
	{ .name = "hrtimer_start", .handler = &traced },
	{ .name = "console", .handler = &traced },
};

/* Refusals are told in the log; a kernel that refuses all of them fails the check of what was hit. */
static void register_what_there_is(void)
{
	int i, ret = 0;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		kprobes[i] = (struct kprobe) { .symbol_name = functions[i], .pre_handler = entered };
		kretprobes[i] = (struct kretprobe) { .kp.symbol_name = functions[i], .handler = returned };
		ret = _stp_register_kprobes(&kprobes[i], 1);
		if (!ret)
			_stp_register_kretprobes(&kretprobes[i], 1);
	}
}

static int probe_begin(void)
{
	runs_of = _stp_map_new(NAMES, INT64);
	runs_in = _stp_map_new(1000, STAT);
	if (!runs_of || !runs_in)
		return -ENOMEM;
	register_what_there_is();
	if (_stp_register_tracepoints(tracepoints, ARRAY_SIZE(tracepoints)))
		return -ENOENT;
	load();
	return 0;
}

static void probe_end(void)
{
	struct map_node_int64 *probe;
	s64 counted = 0;

	foreach (runs_of, probe)
		counted += probe->val;
	dlog("%ld runs, %lld counted", atomic_long_read(&runs), counted);
}
