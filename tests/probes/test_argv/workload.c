// SPDX-License-Identifier: GPL-2.0
/* Three calls of execve that fail, so that the process stays itself. */
#include <unistd.h>

int main(void)
{
	static char *const some[] = { "zero", "one", "two words", "", "a longer argument", NULL };
	static char *const many[] = { "zero", "1", "2", "3", "4", "5", NULL };

	execve("/no/such/file", some, NULL);
	execve("/no", many, NULL);
	execve((char *)1, some, NULL);
	return 0;
}
