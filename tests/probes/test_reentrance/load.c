// SPDX-License-Identifier: GPL-2.0
/*
 * Threads, two a CPU, that call what is probed, each ROUNDS times.
 */
#include <linux/cpu.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define THREADS 64
#define ROUNDS 1000

static struct task_struct *load_threads[THREADS];
static DEFINE_RAW_SPINLOCK(load_raw);
static DEFINE_SPINLOCK(load_lock);
static DEFINE_MUTEX(load_mutex);
static long load_shared;
static atomic_t load_done = ATOMIC_INIT(0);

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

	for (round = 0; round < ROUNDS; round++) {
		load_locks();
		load_memory(round);
		rcu_read_lock();
		rcu_read_unlock();
		if (!copy_from_user_nofault(&byte, NULL, 1))
			load_shared++;
		if (round % 16 == 0)
			schedule_timeout_interruptible(1);
	}
	atomic_inc(&load_done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int load_start(void)
{
	int cpu, n, count = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		for (n = 0; n < 2 && count < THREADS; n++) {
			struct task_struct *task = kthread_create(load_run, NULL, "load/%d", cpu);

			if (IS_ERR(task))
				continue;
			kthread_bind(task, cpu);
			load_threads[count++] = task;
			wake_up_process(task);
		}
	}
	cpus_read_unlock();
	return count;
}

/* Returns when all threads have ended. */
static void load(void)
{
	int i, count = load_start();

	while (atomic_read(&load_done) < count)
		schedule_timeout_interruptible(1);
	for (i = 0; i < count; i++)
		kthread_stop(load_threads[i]);
}
