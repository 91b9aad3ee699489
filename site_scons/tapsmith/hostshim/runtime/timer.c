// SPDX-License-Identifier: GPL-2.0
/* Timers: each CPU has its own, and runs them in its windows for interrupts. */
#include <pthread.h>
#include <stddef.h>

#include "runtime.h"

enum { IDLE, ARMED, RUNNING };

static struct timers {
	pthread_mutex_t lock;
	struct host_timer *first; /* the next to expire */
	unsigned long long due;	  /* when that is; atomic, 0 for never */
} timers[HOST_CPUS] = { [0 ... HOST_CPUS - 1] = { .lock = PTHREAD_MUTEX_INITIALIZER } };

static void link_timer(struct timers *list, struct host_timer *timer)
{
	struct host_timer **at = &list->first;

	while (*at && (*at)->expires <= timer->expires)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
	store(&timer->armed, ARMED);
	store(&list->due, list->first->expires);
}

static void unlink_timer(struct timers *list, struct host_timer *timer)
{
	struct host_timer **at = &list->first;

	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	store(&list->due, list->first ? list->first->expires : 0);
}

int timer_due(int cpu)
{
	unsigned long long due = load(&timers[cpu].due);

	return due && due <= host_now();
}

/* Runs the timer that is due, if there is one; for another there is another window. */
void timer_run(int cpu)
{
	struct timers *list = &timers[cpu];
	struct host_timer *timer;
	int again;

	if (!timer_due(cpu))
		return;
	pthread_mutex_lock(&list->lock);
	timer = list->first;
	if (timer) {
		unlink_timer(list, timer);
		store(&timer->armed, RUNNING);
	}
	pthread_mutex_unlock(&list->lock);
	if (!timer)
		return;
	again = timer->run(timer);
	pthread_mutex_lock(&list->lock);
	if (again && timer->armed == RUNNING)
		link_timer(list, timer);
	else if (timer->armed == RUNNING)
		store(&timer->armed, IDLE);
	pthread_mutex_unlock(&list->lock);
}

void host_timer_start(struct host_timer *timer, unsigned long long expires)
{
	struct timers *list = &timers[host_self->cpu];

	if (load(&timer->armed) == ARMED)
		host_timer_cancel(timer);
	pthread_mutex_lock(&list->lock);
	timer->cpu = host_self->cpu;
	timer->expires = expires;
	link_timer(list, timer);
	pthread_mutex_unlock(&list->lock);
	cpu_care(timer->cpu);
}

/* Waits for one that runs on another CPU; the caller's own CPU cannot be in it. */
int host_timer_cancel(struct host_timer *timer)
{
	struct timers *list = &timers[timer->cpu];
	int state;

	for (;;) {
		pthread_mutex_lock(&list->lock);
		state = timer->armed;
		if (state == ARMED) {
			unlink_timer(list, timer);
			store(&timer->armed, IDLE);
		}
		pthread_mutex_unlock(&list->lock);
		if (state != RUNNING)
			return state == ARMED;
		host_relax();
	}
}
