// SPDX-License-Identifier: GPL-2.0
/*
 * jprobes: a handler with the probed function's own parameters.
 *
 * The kernel had them until 4.18. The declaration is the same; below it is a kprobe at the function's entry that calls the
 * handler with the first six argument registers. So parameters are integers and pointers, six at most (a handler with floats,
 * structures by value or a seventh parameter is refused at build), and the handler simply returns: jprobe_return() does
 * nothing any more. What the handler returns is ignored.
 *
 * Example:
 *     static void opened(int dfd, struct filename *name) { ... jprobe_return(); }
 *     static struct jprobe probes[] = {{ .kp.symbol_name = "do_filp_open", .entry = JPROBE_ENTRY(opened) }};
 *
 * Handlers run as those of kprobes do; skips are counted the same way.
 */

struct jprobe {
	struct kprobe kp;	/* .symbol_name or .addr; the rest is filled in */
	void *entry;		/* the handler */
};

#define JPROBE_ENTRY(handler) ((void *)(handler))
#define jprobe_return() do { } while (0)

typedef void (*_stp_jprobe_entry)(unsigned long, unsigned long, unsigned long, unsigned long, unsigned long, unsigned long);

/* For who needs the registers though no handler is shown them: the fragment stack. Without it, nothing is noted. */
static const bool _stp_notes_regs;
static DEFINE_PER_CPU(struct pt_regs *, _stp_jprobe_regs[STP_LEVELS]);

static struct pt_regs *_stp_jprobe_regs_now(void)
{
	int level = _stp_level_now();

	return level ? raw_cpu_read(_stp_jprobe_regs[level - 1]) : NULL;
}

static struct pt_regs *(*const _stp_noted_regs)(void) = _stp_jprobe_regs_now;

static inline void _stp_note_regs(struct pt_regs *regs)
{
	if (_stp_notes_regs)
		raw_cpu_write(_stp_jprobe_regs[_stp_level_now() - 1], regs);
}

static int _stp_jprobe_call(struct kprobe *kp, struct pt_regs *regs)
{
	_stp_jprobe_entry entry = container_of(kp, struct jprobe, kp)->entry;

	_stp_note_regs(regs);
	entry(_stp_arg(regs, 0), _stp_arg(regs, 1), _stp_arg(regs, 2),
	      _stp_arg(regs, 3), _stp_arg(regs, 4), _stp_arg(regs, 5));
	_stp_note_regs(NULL);
	return 0;
}

/**
 * _stp_register_jprobes() - register a group of jprobes, all or none
 * @probes: an array, which must stay where it is until the module goes
 * @num: how many
 *
 * Return: 0, or -errno after one message that names the probe and why; then none is registered.
 * Context: process, may sleep.
 */
static int _stp_register_jprobes(struct jprobe *probes, int num)
{
	int i;

	for (i = 0; i < num; i++)
		probes[i].kp.pre_handler = _stp_jprobe_call;
	return _stp_register_named(&probes->kp, sizeof(*probes), num);
}

/**
 * _stp_unregister_jprobes() - unregister such a group, and wait until none of its handlers runs
 * @probes: the array it was registered with; a group that is not registered is left alone
 * @num: as it was registered
 *
 * Context: process, sleeps for a grace period.
 */
static inline void _stp_unregister_jprobes(struct jprobe *probes, int num)
{
	_stp_unregister_named(&probes->kp, num);
}
