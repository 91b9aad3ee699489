// SPDX-License-Identifier: GPL-2.0
/*
 * registers: what a handler can tell from the registers at the entry of the probed function, or at its return.
 *
 * Arguments and return address are there at the function's first instruction only: later, the compiler has moved things
 * about. The return value is there when the function has returned.
 * The one place that knows where a machine keeps arguments and the return address.
 *
 * Contexts: any; nothing is locked, nothing faults.
 */
#include <linux/ptrace.h>

/**
 * _stp_arg() - an argument of the probed function
 * @regs: the registers the handler was given
 * @n: which one, counted from 0; integers and pointers only
 *
 * Return: the argument as it is in its register or stack slot: a narrower type's upper bits are not defined, so cast
 * the result to the parameter's type. 0 for one that a register cannot hold on arm64 (from the ninth on).
 * Context: any.
 */
static inline unsigned long _stp_arg(struct pt_regs *regs, unsigned int n)
{
	return regs_get_kernel_argument(regs, n);
}

/**
 * _stp_set_arg() - put an argument of the probed function into registers
 * @regs: a copy of the registers the handler was given; the function itself is called with what it was
 * @n: which one, counted from 0; at most 5
 * @value: the argument
 *
 * Context: any.
 */
static inline void _stp_set_arg(struct pt_regs *regs, unsigned int n, unsigned long value)
{
#if defined(CONFIG_X86_64)
	switch (n) {
	case 0: regs->di = value; break;
	case 1: regs->si = value; break;
	case 2: regs->dx = value; break;
	case 3: regs->cx = value; break;
	case 4: regs->r8 = value; break;
	case 5: regs->r9 = value; break;
	}
#else
	if (n < 6)
		regs->regs[n] = value;
#endif
}

/**
 * _stp_return_value() - what the function returned, in a handler at its return
 * @regs: the registers the handler was given
 *
 * Return: the value as it is in its register: cast it to the function's type.
 * Context: any.
 */
static inline unsigned long _stp_return_value(struct pt_regs *regs)
{
	return regs_return_value(regs);
}

/**
 * cur_ret_addr() - the address the probed function will return to, that is: who called it
 * @regs: the registers the handler was given
 *
 * A function that is also traced by a kretprobe or the function graph tracer may show the tracer's trampoline.
 *
 * Return: the address; 0 if the stack pointer points at no kernel stack.
 * Context: any.
 */
static inline unsigned long cur_ret_addr(struct pt_regs *regs)
{
#if defined(CONFIG_X86_64)
	return regs_get_kernel_stack_nth(regs, 0);
#elif defined(CONFIG_ARM64)
	return procedure_link_pointer(regs);
#else
#error "registers: only x86-64 and arm64 are known"
#endif
}
