// SPDX-License-Identifier: GPL-2.0
/*
 * periodic: functions of the probe that are called again and again in process context, to print or to tidy up.
 *
 * They are process code as probe_begin() and probe_end() are, of which only one thing runs at a time: they begin after
 * probe_begin(), end before probe_end(), and wait for each other. They may sleep.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

typedef void (*_stp_periodic_function)(void);

struct _stp_periodic {
	struct list_head list;
	struct delayed_work work;
	unsigned long pause;	/* in jiffies, from the end of one call to the next */
	_stp_periodic_function function;
};

static LIST_HEAD(_stp_periodics);		/* complete once probe_begin() has ended */
static DEFINE_MUTEX(_stp_periodic_mutex);	/* who holds it is the one that runs */
static bool _stp_periodic_on;

/**
 * _stp_periodic_lock() - wait until none of the periodic functions runs, and keep it so
 *
 * Context: process.
 */
static inline void _stp_periodic_lock(void)
{
	mutex_lock(&_stp_periodic_mutex);
}

/**
 * _stp_periodic_unlock() - let them run again
 *
 * Context: process.
 */
static inline void _stp_periodic_unlock(void)
{
	mutex_unlock(&_stp_periodic_mutex);
}

static void _stp_periodic_run(struct work_struct *work)
{
	struct _stp_periodic *periodic = container_of(to_delayed_work(work), struct _stp_periodic, work);

	_stp_periodic_lock();
	if (READ_ONCE(_stp_periodic_on))
		periodic->function();
	_stp_periodic_unlock();
	if (READ_ONCE(_stp_periodic_on))
		schedule_delayed_work(&periodic->work, periodic->pause);
}

/**
 * _stp_every() - call a function every so often, until the probe ends
 * @ms:       the pause before each call, in milliseconds; rounded up to the kernel's ticks
 * @function: may sleep; it neither calls this nor stops the module
 *
 * Context: process, in probe_begin() only.
 * Return: 0, or -ENOMEM after a message.
 */
static int _stp_every(unsigned int ms, _stp_periodic_function function)
{
	struct _stp_periodic *periodic = _stp_calloc(sizeof(*periodic));

	if (!periodic)
		return -ENOMEM;
	INIT_DELAYED_WORK(&periodic->work, _stp_periodic_run);
	periodic->pause = max(msecs_to_jiffies(ms), 1UL);
	periodic->function = function;
	list_add_tail(&periodic->list, &_stp_periodics);
	return 0;
}

/* Hook begun. */
static void _stp_periodic_begun(void)
{
	struct _stp_periodic *periodic;

	WRITE_ONCE(_stp_periodic_on, true);
	list_for_each_entry(periodic, &_stp_periodics, list)
		schedule_delayed_work(&periodic->work, periodic->pause);
}

/* Hook stop; several threads may be in it. */
static void _stp_periodic_stop(void)
{
	struct _stp_periodic *periodic;

	WRITE_ONCE(_stp_periodic_on, false);
	list_for_each_entry(periodic, &_stp_periodics, list)
		cancel_delayed_work_sync(&periodic->work);
}

/* Hook exit. */
static void _stp_periodic_exit(void)
{
	struct _stp_periodic *periodic, *next;

	list_for_each_entry_safe(periodic, next, &_stp_periodics, list)
		_stp_free(periodic);
}
