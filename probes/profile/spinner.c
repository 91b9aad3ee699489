/* Computes for half a second of processor time, and asks the kernel for that time again and again. */
#include <time.h>

int main(void)
{
	while (clock() < CLOCKS_PER_SEC / 2)
		;
	return 0;
}
