/* Makes just 40 reads. */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
	char text[100];
	int i, fd = open("/proc/version", O_RDONLY);

	for (i = 0; i < 40; i++)
		if (pread(fd, text, sizeof(text), 0) < 1)
			return 1;
	return fd < 0;
}
