// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long calls = atol(argv[argc - 1]);

	while (calls--)
		syscall(SYS_getppid);
	return 0;
}
