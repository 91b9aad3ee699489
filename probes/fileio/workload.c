// SPDX-License-Identifier: GPL-2.0
/*
 * Opens a file 7 times: 3 by openat, 2 by open, 1 by creat, 1 by openat2. Reads 5 times, of 1, 10, 100, 1000 and 10000 bytes
 * asked for, and writes 4 times, of 16, 16, 17 and 4096 bytes. Nothing else: the C library's start does none of it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char name[] = "fileio.txt";
static char bytes[10000];

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

int main(void)
{
	static const int asked[] = { 1, 10, 100, 1000, 10000 }, given[] = { 16, 16, 17, 4096 };
	struct open_how how = { .flags = O_RDONLY };
	long fd = create(name, 0600);
	int i;

	for (i = 0; i < 4; i++)
		if (syscall(SYS_write, fd, bytes, given[i]) != given[i])
			return 1;
	for (i = 0; i < 3; i++)
		fd = syscall(SYS_openat, AT_FDCWD, name, O_RDONLY);
	for (i = 0; i < 2; i++)
		fd = open_to_read(name);
	fd = syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof(how));
	for (i = 0; i < 5; i++)
		if (syscall(SYS_read, fd, bytes, asked[i]) < 0)
			return 1;
	return 0;
}
