// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the module its numbers, from a second thread of another user, then its functions, called one by the other with frame
 * pointers; then once more with a frame pointer that leads nowhere.
 */
#pragma GCC optimize("no-omit-frame-pointer", "no-optimize-sibling-calls")
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NUMBERS = 0x7357, FUNCTIONS, NO_FRAMES };

int main(void);
static long outer(long what);
static long middle(long what);

/* The system call itself: libc's function for it has no frame. */
static __attribute__((noipa)) long inner(long what)
{
	register long main_function asm("r8") = (long)main;
	register long outer_function asm("r10") = (long)outer;
	long result;

	asm volatile("syscall" : "=a"(result)
		     : "a"(SYS_prctl), "D"(what), "S"(inner), "d"(middle), "r"(outer_function), "r"(main_function),
		       "r"(__builtin_frame_address(0))	/* asks for a frame, as calling a function does */
		     : "rcx", "r11", "memory");
	return result + 1;
}

static __attribute__((noipa)) long middle(long what)
{
	return inner(what) + 1;
}

static __attribute__((noipa)) long outer(long what)
{
	return middle(what) + 1;
}

static __attribute__((noipa)) long astray(void)
{
	long result;

	asm volatile("push %%rbp\n\tmov $0x10000, %%ebp\n\tsyscall\n\tpop %%rbp" : "=a"(result)
		     : "a"(SYS_prctl), "D"(NO_FRAMES), "S"(astray)
		     : "rcx", "r11", "memory");
	return result;
}

static void *second(void *unused)
{
	prctl(PR_SET_NAME, "renamed");
	syscall(SYS_setresuid, 1234, -1, -1);
	syscall(SYS_prctl, NUMBERS, getpid(), syscall(SYS_gettid), getppid(), 1234);
	return unused;
}

int main(void)
{
	pthread_t thread;
	long result;

	if (pthread_create(&thread, NULL, second, NULL) || pthread_join(thread, NULL))
		return 1;
	result = outer(FUNCTIONS);
	return result >= 0 || astray() >= 0;
}
