// SPDX-License-Identifier: GPL-2.0
/*
 * Threads, two a CPU, that call what is probed until they are ended.
 */
#include <linux/cpu.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define THREADS 64

static struct task_struct *load_threads[THREADS];
static DEFINE_RAW_SPINLOCK(load_raw);
static DEFINE_SPINLOCK(load_lock);
static DEFINE_MUTEX(load_mutex);
static long load_shared;

static void load_locks(void)
{
	unsigned long flags;

	raw_spin_lock(&load_raw);
	load_shared++;
	raw_spin_unlock(&load_raw);
	raw_spin_lock_irqsave(&load_raw, flags);
	load_shared++;
	raw_spin_unlock_irqrestore(&load_raw, flags);
	spin_lock(&load_lock);
	load_shared++;
	spin_unlock(&load_lock);
	mutex_lock(&load_mutex);
	load_shared++;
	mutex_unlock(&load_mutex);
}

static void load_memory(int round)
{
	unsigned long page = __get_free_page(GFP_KERNEL);
	char *text = kmalloc(64 + round % 64, GFP_KERNEL);

	if (text)
		snprintf(text, 64, "%d of %s", round, current->comm);
	kfree(text);
	free_page(page);
}

static int load_run(void *unused)
{
	char byte;
	int round;

	for (round = 0; !kthread_should_stop(); round++) {
		load_locks();
		load_memory(round);
		rcu_read_lock();
		rcu_read_unlock();
		if (!copy_from_user_nofault(&byte, NULL, 1))
			load_shared++;
		if (round % 16 == 0)
			schedule_timeout_interruptible(1);
	}
	return 0;
}

static void load_begin(void)
{
	int cpu, i = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		int n;

		for (n = 0; n < 2 && i < THREADS; n++) {
			struct task_struct *task = kthread_create(load_run, NULL, "load/%d", cpu);

			if (IS_ERR(task))
				continue;
			kthread_bind(task, cpu);
			load_threads[i++] = task;
			wake_up_process(task);
		}
	}
	cpus_read_unlock();
}

static void load_end(void)
{
	int i;

	for (i = 0; i < THREADS && load_threads[i]; i++)
		kthread_stop(load_threads[i]);
}
