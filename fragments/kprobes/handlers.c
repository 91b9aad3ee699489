// SPDX-License-Identifier: GPL-2.0
/*
 * kprobes, second part: what the kernel calls. It enters the runtime, so that nested handlers keep their own current elements,
 * calls the caller's handler, and leaves.
 *
 * A handler's result is not passed on: other than 0 tells the kernel that the handler moved the instruction pointer, and a
 * probe only looks.
 */

struct _stp_kprobe {
	struct _stp_probe probe;
	struct kprobe kp;		/* the kernel's */
	kprobe_pre_handler_t pre;	/* the caller's, at hand */
	kprobe_post_handler_t post;
	unsigned long missed;		/* nmissed, of all times it was registered */
};

static __always_inline struct _stp_kprobe *_stp_kprobe_of(struct kprobe *kp)
{
	return container_of(kp, struct _stp_kprobe, kp);
}

static int _stp_kprobe_pre(struct kprobe *kp, struct pt_regs *regs)
{
	struct _stp_kprobe *kprobe = _stp_kprobe_of(kp);

	if (_stp_hits_enter(&kprobe->probe.hits)) {
		kprobe->pre(kprobe->probe.user, regs);
		_stp_leave();
	}
	return 0;
}

/*
 * The same for a handler that a probe's source names in an initialiser: the emitter has it inlined. (It writes this macro, renames
 * the probe's function to be the body, and defines _stp_handler_is_inlined(): see inlining.py.)
 */
#define _STP_KPROBE_HANDLER(handler)                                                                              \
	static __always_inline int _stp_body_##handler(struct _stp_here, struct kprobe *, struct pt_regs *);      \
	static int handler(struct kprobe *kp, struct pt_regs *regs)                                               \
	{                                                                                                         \
		struct _stp_kprobe *kprobe = _stp_kprobe_of(kp);                                                  \
                                                                                                                  \
		if (_stp_hits_enter(&kprobe->probe.hits)) {                                                       \
			_stp_body_##handler(_stp_here_now(), kprobe->probe.user, regs);                           \
			_stp_leave();                                                                             \
		}                                                                                                 \
		return 0;                                                                                         \
	}

static bool _stp_handler_is_inlined(const void *handler);

/*
 * The same before a post_handler, which keeps the account for both: it is called for each hit, at the same level, and the
 * stop may come between the two.
 */
static int _stp_kprobe_first(struct kprobe *kp, struct pt_regs *regs)
{
	struct _stp_kprobe *kprobe = _stp_kprobe_of(kp);

	if (_stp_enter()) {
		kprobe->pre(kprobe->probe.user, regs);
		_stp_leave();
	}
	return 0;
}

static void _stp_kprobe_post(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
	struct _stp_kprobe *kprobe = _stp_kprobe_of(kp);

	if (_stp_hits_enter(&kprobe->probe.hits)) {
		kprobe->post(kprobe->probe.user, regs, flags);
		_stp_leave();
	}
}

/* After an inlined pre_handler, which keeps the account. */
static void _stp_kprobe_last(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
	struct _stp_kprobe *kprobe = _stp_kprobe_of(kp);

	if (_stp_enter()) {
		kprobe->post(kprobe->probe.user, regs, flags);
		_stp_leave();
	}
}

/* What the kernel is to call before the probed instruction, and after it. */
static void _stp_kprobe_choose(struct _stp_kprobe *kprobe)
{
	bool inlined = !_STP_INDIRECT_pre_handler || (kprobe->pre && _stp_handler_is_inlined(kprobe->pre));
	bool after = _STP_INDIRECT_post_handler && kprobe->post;

	kprobe->kp.pre_handler = kprobe->pre;
	if (kprobe->pre && !inlined)
		kprobe->kp.pre_handler = after ? _stp_kprobe_first : _stp_kprobe_pre;
	if (after)
		kprobe->kp.post_handler = kprobe->pre && inlined ? _stp_kprobe_last : _stp_kprobe_post;
}
