// SPDX-License-Identifier: GPL-2.0
/*
 * unload: the module ends its own work and asks to be unloaded; a module cannot remove itself.
 *
 * Who asks may be in any context. At once no handler collects any more. An interrupt of the asker's own (irq_work) then
 * wakes a work item, which calls all stop hooks: nothing is armed any more. From the asking on, the file
 * /sys/module/NAME/parameters/tapsmith_state holds "unload" in place of "running"; who runs the module (`tapsmith try`
 * does) then removes it.
 *
 * The work item calls the stop hooks only between the begun hook and the module's own stop. Before, probe_begin() may still
 * be arming: begun hands on what was asked until then. After, probe_end() runs alone. The mutex holds these apart.
 */
#include <linux/irq_work.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

static void _stp_unload_disarm(struct work_struct *work);
static void _stp_unload_wake(struct irq_work *irq);

static DECLARE_WORK(_stp_unload_work, _stp_unload_disarm);
static struct irq_work _stp_unload_irq = IRQ_WORK_INIT(_stp_unload_wake);
static DEFINE_MUTEX(_stp_unload_mutex); /* the two flags, and the stop hooks as the work item calls them */
static bool _stp_unload_runs;		/* from the begun hook to the module's stop */
static bool _stp_unload_told;
static const char *_stp_unload_reason;	/* the first asker's; NULL while nobody has asked */

/**
 * _stp_ask_unload_since() - stop collecting, disarm everything soon, and ask for the module to be unloaded
 * @reason: a string literal for the log: "NAME: asks to be unloaded: <reason>"; the first one counts
 *
 * Handlers that run on other CPUs end as usual. Hits from now on are counted as skipped, until the probes are disarmed.
 * Context: any.
 */
static void _stp_ask_unload_since(const char *reason)
{
	_stp_stop_collecting();
	if (!cmpxchg(&_stp_unload_reason, NULL, reason))
		irq_work_queue(&_stp_unload_irq);
}

/**
 * _stp_ask_unload() - the same without a particular reason
 *
 * Context: any.
 */
static inline void _stp_ask_unload(void)
{
	_stp_ask_unload_since("its work is done");
}

/* For maps: what one does that is full and told to unload. */
struct map_root;
static void _stp_unload_full_map(struct map_root *map)
{
	_stp_ask_unload_since("a map is full");
}
#undef _STP_MAP_UNLOAD
#define _STP_MAP_UNLOAD() _stp_unload_full_map

static void _stp_unload_wake(struct irq_work *irq)
{
	queue_work(system_long_wq, &_stp_unload_work);
}

static void _stp_unload_tell(void)
{
	if (_stp_unload_reason && !_stp_unload_told)
		pr_warn("asks to be unloaded: %s\n", _stp_unload_reason);
	_stp_unload_told = _stp_unload_reason;
}

static void _stp_unload_disarm(struct work_struct *work)
{
	mutex_lock(&_stp_unload_mutex);
	_stp_unload_tell();
	if (_stp_unload_runs)
		tapsmith_stop();
	mutex_unlock(&_stp_unload_mutex);
}

/* Hook begun: from here on the work item may disarm; asked before, it found that it was too early. */
static void _stp_unload_begun(void)
{
	mutex_lock(&_stp_unload_mutex);
	_stp_unload_runs = true;
	mutex_unlock(&_stp_unload_mutex);
	if (READ_ONCE(_stp_unload_reason))
		queue_work(system_long_wq, &_stp_unload_work);
}

/* Hook stop: from here on the work item does nothing; one that is disarming is waited for. */
static void _stp_unload_stop(void)
{
	if (current_work() == &_stp_unload_work)
		return;
	mutex_lock(&_stp_unload_mutex);
	_stp_unload_tell();
	_stp_unload_runs = false;
	mutex_unlock(&_stp_unload_mutex);
}

/* Hook exit. */
static void _stp_unload_exit(void)
{
	irq_work_sync(&_stp_unload_irq);
	cancel_work_sync(&_stp_unload_work);
}

static int _stp_unload_state(char *buffer, const struct kernel_param *param)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", READ_ONCE(_stp_unload_reason) ? "unload" : "running");
}

static int _stp_unload_refuse(const char *value, const struct kernel_param *param)
{
	return -EPERM; /* it can only be read; without this function the kernel would call NULL */
}

static const struct kernel_param_ops _stp_unload_ops = {
	.set = _stp_unload_refuse,
	.get = _stp_unload_state,
};
module_param_cb(tapsmith_state, &_stp_unload_ops, NULL, 0444);
MODULE_PARM_DESC(tapsmith_state, "running, or unload: the module asks to be unloaded (read only)");
