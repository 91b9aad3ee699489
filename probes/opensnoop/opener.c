// SPDX-License-Identifier: GPL-2.0
/*
 * Opens by each system call there is: open, openat, openat2, creat; 6 times with success, 3 times without it. Nothing else: the C
 * library's start opens nothing.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	struct open_how how = { .flags = O_RDONLY };

	syscall(SYS_openat, AT_FDCWD, "made by openat", O_CREAT | O_WRONLY, 0600);	/* 3 */
	syscall(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY);			/* 4 */
	close(3);
	syscall(SYS_openat2, AT_FDCWD, "/proc/version", &how, sizeof(how));		/* 3 */
#ifdef SYS_open
	syscall(SYS_open, "/proc/version", O_RDONLY);					/* 5 */
	syscall(SYS_creat, "made by creat", 0600);					/* 6 */
	syscall(SYS_open, "two\nlines", O_RDWR | O_CREAT, 0600);			/* 7 */
#else	/* arm64 is younger than openat */
	syscall(SYS_openat, AT_FDCWD, "/proc/version", O_RDONLY);
	syscall(SYS_openat, AT_FDCWD, "made by creat", O_CREAT | O_WRONLY | O_TRUNC, 0600);
	syscall(SYS_openat, AT_FDCWD, "two\nlines", O_RDWR | O_CREAT, 0600);
#endif
	syscall(SYS_openat, AT_FDCWD, "/missing", O_RDONLY);				/* ENOENT */
	syscall(SYS_openat, AT_FDCWD, "/proc", O_WRONLY);				/* EISDIR */
	return syscall(SYS_openat, AT_FDCWD, "made by creat", O_CREAT | O_EXCL, 0600) != -1;	/* EEXIST */
}
