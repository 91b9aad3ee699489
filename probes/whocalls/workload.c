// SPDX-License-Identifier: GPL-2.0
/* Reaches do_truncate() by two ways: twice by a file's name, three times by its descriptor. */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
	int fd = open("truncated", O_CREAT | O_RDWR, 0600);
	int i;

	if (fd < 0)
		return 1;
	for (i = 0; i < 2; i++)
		if (truncate("truncated", 100 + i))
			return 1;
	for (i = 0; i < 3; i++)
		if (ftruncate(fd, 200 + i))
			return 1;
	return 0;
}
