/* Goes to sleep just 25 times. */
#include <time.h>

int main(void)
{
	struct timespec moment = { .tv_nsec = 1000000 };
	int i;

	for (i = 0; i < 25; i++)
		nanosleep(&moment, NULL);
	return 0;
}
