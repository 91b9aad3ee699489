// SPDX-License-Identifier: GPL-2.0
/*
 * Starts itself by execve, by execveat, and by a script that names it as the interpreter; and tries a program that is not there.
 * Arguments lie on the stack, where they are in memory.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int start(const char *file, char *const argv[], int at)
{
	int status;

	if (!fork()) {
		if (at)
			syscall(SYS_execveat, AT_FDCWD, file, argv, NULL, 0);
		else
			syscall(SYS_execve, file, argv, NULL);
		_exit(2);
	}
	return wait(&status) < 0 ? -1 : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	char self[] = "./launcher", name[] = "another name", one[] = "one", two[] = "two words", missing[] = "/missing";
	char script[] = "./script", option[] = "-x";
	char *plain[] = { self, one, two, NULL }, *renamed[] = { name, NULL }, *failing[] = { missing, option, NULL };
	char *scripted[] = { script, one, NULL };

	if (argc > 1 || argv[0][0] == name[0])
		return 0;
	return start(self, plain, 0) || start(self, renamed, 1) || start(script, scripted, 0) || start(missing, failing, 0) != 2;
}
