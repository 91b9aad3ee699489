// SPDX-License-Identifier: GPL-2.0
/*
 * stack: by which way the kernel got to a probe.
 *
 * The stack is that of the probed code: the handler's own frames, the runtime's and those of the kernel's probing are not in it.
 * Where modules can start the kernel's unwinder at the handler's registers (x86-64), it is. On arm64 the frame pointers are
 * followed, which the kernel always keeps; what is there of a function that a kretprobe or the function graph tracer waits
 * for is their trampoline.
 *
 * A walk takes a microsecond or two and allocates nothing. A frame that cannot be understood ends it.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/uaccess.h>
#ifdef KERNEL_HAS_UNWIND_START
#include <asm/unwind.h>
#endif

/* Asks jprobes to note the registers that it does not show to its handlers; there, and only there, they are needed. */
static const bool _stp_notes_regs = true;
static struct pt_regs *(*const _stp_noted_regs)(void);

#ifdef KERNEL_HAS_UNWIND_START
static unsigned int _stp_stack_at(unsigned long *entries, unsigned int max, struct pt_regs *regs)
{
	struct unwind_state state;
	unsigned int n = 0;

	if (max)
		entries[n++] = instruction_pointer(regs) - 1;	/* as after a breakpoint, which is a byte long */
	for (unwind_start(&state, current, regs, NULL); n < max && !unwind_done(&state); unwind_next_frame(&state)) {
		unsigned long address = unwind_get_return_address(&state);

		if (!address)
			break;
		entries[n++] = address;
	}
	return n;
}
#else
/* Return addresses may carry a signature in the bits that all kernel code has set. */
static unsigned long _stp_unsigned(unsigned long address)
{
	return address | GENMASK_ULL(63, VA_BITS_MIN);
}

/* The caller is in the link register only, yet; of all others there are frames, each with the next one's address. */
static unsigned int _stp_stack_at(unsigned long *entries, unsigned int max, struct pt_regs *regs)
{
	struct {
		unsigned long next, address;
	} frame = { regs->regs[29], procedure_link_pointer(regs) };
	unsigned int n = 0;

	if (max)
		entries[n++] = regs->pc;
	while (n < max && frame.address) {
		entries[n++] = _stp_unsigned(frame.address);
		if (!frame.next || copy_from_kernel_nofault(&frame, (void *)frame.next, sizeof(frame)))
			break;
	}
	return n;
}
#endif

/* The stack of whoever called this module. */
static unsigned int _stp_stack_outside(unsigned long *entries, unsigned int max)
{
	unsigned int n = stack_trace_save(entries, max, 0);
	unsigned int i = 0;

	while (i < n && within_module(entries[i], THIS_MODULE))
		i++;
	memmove(entries, entries + i, (n - i) * sizeof(*entries));
	return n - i;
}

/**
 * _stp_stack() - the kernel's stack at a probe, as addresses
 * @entries: where to: first the probed instruction, then where each function will return to, the innermost first
 * @max:     room in @entries; a deeper stack is left out from there on
 * @regs:    the registers the handler was given. NULL, in the handler of a jprobe, are those it was not shown; elsewhere, with
 *           NULL, the stack is that of whatever called this module.
 *
 * Context: any.
 * Return: how many.
 */
static noinline unsigned int _stp_stack(unsigned long *entries, unsigned int max, struct pt_regs *regs)
{
	if (!regs && _stp_noted_regs)
		regs = _stp_noted_regs();
	return regs ? _stp_stack_at(entries, max, regs) : _stp_stack_outside(entries, max);
}
