// SPDX-License-Identifier: GPL-2.0
/* Gets to the kernel's do_truncate() by two ways: 40 times by vfs_truncate(), 25 times by a file's descriptor. */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
	int fd = open("truncated", O_CREAT | O_RDWR, 0600);
	int i;

	for (i = 0; i < 40; i++)
		if (truncate("truncated", i))
			return 1;
	for (i = 0; i < 25; i++)
		if (ftruncate(fd, i))
			return 1;
	return fd < 0;
}
