// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_DELAY_H
#define LINUX_DELAY_H

#include <host.h>
#include <linux/sched.h>

/* Whoever sleeps lets the work items of its CPU end, however busy the machine is: so their order is the same each time. */
static inline void host_sleep(unsigned long long ns)
{
	unsigned long long end = host_now() + ns;

	do
		host_idle();
	while (host_now() < end || host_work_left());
}

static inline void host_delay(unsigned long long ns)
{
	unsigned long long end = host_now() + ns;

	while (host_now() < end)
		if (!host_self->irqs_off)
			host_window();
}

#define msleep(ms) host_sleep((ms) * 1000000ull)
#define ssleep(s) host_sleep((s) * 1000000000ull)
#define usleep_range(least, most) host_sleep((least) * 1000ull)
#define fsleep(us) host_sleep((us) * 1000ull)
#define mdelay(ms) host_delay((ms) * 1000000ull)
#define udelay(us) host_delay((us) * 1000ull)
#define ndelay(ns) host_delay(ns)

#endif
