// SPDX-License-Identifier: GPL-2.0
/*
 * Is a shell (by its name) that executes this program twice, by execve and by execveat, and then no shell that does it
 * once more. The program opens a file three times, reads twice and writes twice, and does nothing else.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* arm64 is younger than openat, and has neither. */
static long create(const char *name, int mode)
{
#ifdef SYS_creat
	return syscall(SYS_creat, name, mode);
#else
	return syscall(SYS_openat, AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode);
#endif
}

static long open_to_read(const char *name)
{
#ifdef SYS_open
	return syscall(SYS_open, name, O_RDONLY);
#else
	return syscall(SYS_openat, AT_FDCWD, name, O_RDONLY);
#endif
}

/* The system calls themselves: what libc makes of an open depends on its version. */
static int program(void)
{
	char line[] = "This line is longer than sixty-four bytes, so that its last words are not told.\n";
	char name[] = "snooped.txt";
	long fd = create(name, 0600);

	if (syscall(SYS_write, fd, line, sizeof(line) - 1) != sizeof(line) - 1 || syscall(SYS_write, fd, "x\n", 2) != 2)
		return 1;
	close(fd);
	fd = open_to_read(name);
	if (syscall(SYS_read, fd, line, 10) != 10)
		return 1;
	close(fd);
	fd = syscall(SYS_openat, AT_FDCWD, name, O_RDONLY);
	if (syscall(SYS_read, fd, line, 10) != 10)
		return 1;
	return 0;
}

/* Executes the program in a child of the name @comm. The strings lie on the stack, where they are in memory. */
static int execute(const char *comm, int how)
{
	char self[] = "./workload", one[] = "one", two[] = "two words";
	char *argv[] = { self, one, two, NULL };
	int status;

	if (!fork()) {
		prctl(PR_SET_NAME, comm);
		syscall(how, how == SYS_execve ? (long)self : AT_FDCWD, how == SYS_execve ? (long)argv : (long)self,
			how == SYS_execve ? 0 : (long)argv, 0, 0);
		_exit(127);
	}
	return wait(&status) < 0 || status;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return program();
	return execute("bash", SYS_execve) || execute("tcsh", SYS_execveat) || execute("fish", SYS_execve);
}
