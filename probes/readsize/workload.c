// SPDX-License-Identifier: GPL-2.0
/*
 * Reads from /dev/zero: 500 times 300 bytes, 250 times 700, 1000 times 4095, 125 times 4096, 60 times 65536. Nothing else: the C
 * library's start reads nothing.
 */
#include <fcntl.h>
#include <unistd.h>

static char bytes[65536];

int main(void)
{
	static const struct {
		int times;
		int size;
	} reads[] = { { 500, 300 }, { 250, 700 }, { 1000, 4095 }, { 125, 4096 }, { 60, 65536 } };
	int zero = open("/dev/zero", O_RDONLY);
	unsigned int i;
	int n;

	for (i = 0; i < sizeof(reads) / sizeof(reads[0]); i++)
		for (n = 0; n < reads[i].times; n++)
			if (read(zero, bytes, reads[i].size) != reads[i].size)
				return 1;
	return 0;
}
