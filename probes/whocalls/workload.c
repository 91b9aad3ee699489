// SPDX-License-Identifier: GPL-2.0
/*
 * Changes a file's mode twice by chmod and three times by fchmodat, which come together before they get to the kernel's
 * chmod_common(), and four times by fchmod, which goes another way.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	long fd = syscall(SYS_openat, AT_FDCWD, "changed", O_CREAT | O_RDWR, 0600);
	int i, failed = fd < 0;

	for (i = 0; i < 2; i++)
#ifdef SYS_chmod
		failed |= syscall(SYS_chmod, "changed", 0640) != 0;
#else	/* arm64 is younger than fchmodat */
		failed |= syscall(SYS_fchmodat, AT_FDCWD, "changed", 0640) != 0;
#endif
	for (i = 0; i < 3; i++)
		failed |= syscall(SYS_fchmodat, AT_FDCWD, "changed", 0644) != 0;
	for (i = 0; i < 4; i++)
		failed |= syscall(SYS_fchmod, fd, 0600) != 0;
	return failed;
}
