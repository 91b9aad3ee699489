// SPDX-License-Identifier: GPL-2.0
/*
 * user_stack: by which way the program got to the kernel.
 *
 * The chain of frame pointers is walked, from the registers with which the process entered the kernel. A program whose compiler
 * leaves frame pointers out (most do, unless built with -fno-omit-frame-pointer) has no chain, or one with gaps: where it
 * leads nowhere the walk ends. Memory that is not resident ends it, too, and is counted.
 *
 * The addresses are the program's own; which function one is in, only the program's symbols tell.
 */
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

/* What a frame pointer points at, on x86-64 and arm64. */
struct _stp_user_frame {
	unsigned long next;	/* the caller's frame */
	unsigned long address;	/* in the caller, after the call */
};

static bool _stp_is_user64(void)
{
#ifdef KERNEL_HAS_ADDR32_FLAG
	return current->mm && !test_thread_flag(TIF_ADDR32);
#else
	return current->mm && !test_thread_flag(TIF_32BIT);
#endif
}

/**
 * _stp_user_stack() - the stack of the process, as addresses
 * @entries: where to: first the instruction at which it left the program, then where each function will return to, the
 *           innermost first
 * @max:     room in @entries; a deeper stack is left out from there on
 *
 * Context: handler.
 * Return: how many; 0 in a kernel thread and in a 32-bit program.
 */
static unsigned int _stp_user_stack(unsigned long *entries, unsigned int max)
{
	struct pt_regs *regs = task_pt_regs(current);
	struct _stp_user_frame frame;
	unsigned long at, above = 0;
	unsigned int n = 0;

	if (!max || !_stp_is_user64())
		return 0;
	entries[n++] = instruction_pointer(regs);
	/* Frames ascend, each at a word: so a chain that is none ends soon. */
	for (at = frame_pointer(regs); n < max && at > above && IS_ALIGNED(at, sizeof(long)); at = frame.next) {
		if (_stp_copy_from_user(&frame, (const void __user *)at, sizeof(frame)) || !frame.address)
			break;
		entries[n++] = frame.address;
		above = at;
	}
	return n;
}
