// SPDX-License-Identifier: GPL-2.0
/*
 * profile: what the CPUs are busy with.
 *
 * A hundred times a second a timer on each CPU looks what it has interrupted: which process, in user mode or in the kernel. At
 * unload, a line for each, and a last one:
 *
 *     profile: spinner: 31 samples in user mode
 *     profile: spinner: 19 samples in the kernel
 *     profile: 50 samples of 50
 *
 * An idle CPU is not sampled: it counts for the last line only, which says how often the timers called.
 */
#define PERIOD_NS (10 * NSEC_PER_MSEC)

static MAP user, kernel;	/* both: name of a process -> samples */
static atomic_t calls = ATOMIC_INIT(0);

static void sample(struct _stp_timer *timer, struct pt_regs *regs)
{
	MAP map = regs && user_mode(regs) ? user : kernel;

	atomic_inc(&calls);
	if (!current->pid)
		return;
	_stp_map_key_str(map, current->comm);
	_stp_map_add_int64(map, 1);
}

static struct _stp_timer timer = { .name = "the profile's timer" };

static int probe_begin(void)
{
	user = _stp_map_new(1000, INT64);
	kernel = _stp_map_new(1000, INT64);
	if (!user || !kernel)
		return -ENOMEM;
	return _stp_timer_start_on_each_cpu(&timer, PERIOD_NS, sample);
}

static s64 tell(MAP map, const char *mode)
{
	struct map_node_int64 *process;
	s64 samples = 0;

	foreach (map, process) {
		dlog("%s: %lld samples %s", key1str(process), process->val, mode);
		samples += process->val;
	}
	return samples;
}

static void probe_end(void)
{
	s64 samples = tell(user, "in user mode");

	samples += tell(kernel, "in the kernel");
	dlog("%lld samples of %d", samples, atomic_read(&calls));
}
