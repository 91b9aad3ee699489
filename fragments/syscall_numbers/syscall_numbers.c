// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_numbers: which call a number is, from the table by which the kernel itself was built.
 */
#undef __SYSCALL
#define __SYSCALL(number, function) [number] = #function,
#define __SYSCALL_NORETURN __SYSCALL				/* x86-64 has it since 6.9 */
#define __SYSCALL_WITH_COMPAT(number, function, compat) __SYSCALL(number, function)

static const char *const _stp_syscall_functions[] = {
#if defined(CONFIG_X86_64)
#include <asm/syscalls_64.h>
#elif __has_include(<asm/syscall_table_64.h>)
#include <asm/syscall_table_64.h>	/* arm64 has it since 6.11 */
#else
#include <asm-generic/unistd.h>
#endif
};

/**
 * _stp_syscall_name() - the system call that has a number
 * @number: a 64-bit call's, as the tracepoints sys_enter and sys_exit give it
 *
 * Context: any.
 * Return: the name of the kernel's function without "sys_", so "newfstat" where the C library says fstat; NULL if there is none
 * of that number.
 */
static inline const char *_stp_syscall_name(unsigned long number)
{
	const char *function = number < ARRAY_SIZE(_stp_syscall_functions) ? _stp_syscall_functions[number] : NULL;

	return function ? function + strlen("sys_") : NULL;
}
