// SPDX-License-Identifier: GPL-2.0
/*
 * Sends signals: 18 (SIGCONT) to itself by kill, tkill and tgkill; 0 to its group; 9 (SIGKILL) to a child; 15 and 65 to whom they
 * cannot be sent.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 1999999

int main(void)
{
	pid_t self = getpid(), child = fork();

	if (!child)
		for (;;)
			pause();
	syscall(SYS_kill, self, SIGCONT);
	syscall(SYS_tkill, self, SIGCONT);
	syscall(SYS_tgkill, self, self, SIGCONT);
	syscall(SYS_kill, 0, 0);
	syscall(SYS_kill, child, SIGKILL);
	syscall(SYS_kill, NOBODY, SIGTERM);	/* ESRCH */
	syscall(SYS_tgkill, self, self, 65);	/* EINVAL */
	return wait(NULL) != child;
}
