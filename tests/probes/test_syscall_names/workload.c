// SPDX-License-Identifier: GPL-2.0
/* Opens a file by each way in, and once with a struct open_how that is not in memory; then calls of other names. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	char name[] = "file", text[] = "text";
	struct open_how how = { .flags = O_RDWR | O_CREAT, .mode = 0640 };
	long fd;

	syscall(SYS_creat, name, 0604);
	syscall(SYS_open, name, O_RDONLY | O_CLOEXEC, 0);
	fd = syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_APPEND, 0600);
	syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof(how));
	syscall(SYS_openat2, AT_FDCWD, name, 16, sizeof(how));
	syscall(SYS_write, fd, text, 4);
	syscall(SYS_mmap, 0x10000000, 0x3000, PROT_READ, MAP_PRIVATE, fd, 0x2000);
	syscall(SYS_lseek, fd, -7L, SEEK_SET);
	/* Nothing is collected after this one. */
	syscall(SYS_getppid);
	syscall(SYS_creat, name, 0604);
	syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof(how));
	return 0;
}
