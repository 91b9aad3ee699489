// SPDX-License-Identifier: GPL-2.0
/*
 * A thread on each CPU sends records, of arguments and of text, while process code sends NMIs to all CPUs, whose handler sends
 * records as well. Each says who sent it and which of the sender's it is, once as it is and once inverted; so a reader sees what is
 * lost or torn. `echo N >/sys/module/test_buffers/parameters/go` has each thread send N and returns when all have.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#ifdef CONFIG_X86_64 /* other machines have no such interrupt that one could send */
#include <asm/apic.h>
#include <asm/nmi.h>
#endif

#define THREADS 64

static unsigned int wanted;
static atomic_long_t from_threads = ATOMIC_LONG_INIT(0), from_nmis = ATOMIC_LONG_INIT(0);
static DEFINE_PER_CPU(unsigned int, nmi_number) __maybe_unused;	/* NMIs are sent on x86 */
static bool armed;

static int work(void *data)
{
	unsigned int n;

	for (n = 0; n < wanted; n++) {
		preempt_disable();
		if (CHECK(_stp_enter())) {
			if (n % 8 == 7) {
				_stp_print_buf("%s %u", "text", n);
				_stp_print_buf(" %u", ~n);
				_stp_print_flush();
			} else if (n % 8 == 3) {
				dlog("text %u %u", n, ~n);
			} else {
				_stp_record("%s %u %u", current->comm, n, ~n);
			}
			_stp_leave();
			atomic_long_inc(&from_threads);
		}
		preempt_enable();
		if (n % 16 == 15)
			usleep_range(20, 50);
	}
	while (!kthread_should_stop())
		usleep_range(1000, 2000);
	return 0;
}

#ifdef CONFIG_X86_64
static int on_nmi(unsigned int type, struct pt_regs *regs)
{
	unsigned int n;

	if (!READ_ONCE(armed))
		return NMI_DONE;
	if (CHECK(_stp_enter())) {
		n = raw_cpu_inc_return(nmi_number) - 1;
		if (n % 2)
			dlog("nmi %u %u", n, ~n);
		else
			_stp_record("%s %u %u", "nmi", n, ~n);
		_stp_leave();
		atomic_long_inc(&from_nmis);
	}
	return NMI_HANDLED;
}

static void interrupt_all(void)
{
	apic->send_IPI_mask(cpu_online_mask, NMI_VECTOR);
}
#else
static void interrupt_all(void)
{
}
#endif

static int go(const char *value, const struct kernel_param *param)
{
	static struct task_struct *tasks[THREADS];
	int cpu, i, count = 0, err = kstrtouint(value, 0, &wanted);

	if (err)
		return err;
	WRITE_ONCE(armed, true);
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		struct task_struct *task = count < THREADS ? kthread_create(work, NULL, "tapsmith/%d", cpu) : ERR_PTR(-EAGAIN);

		if (IS_ERR(task))
			continue;
		kthread_bind(task, cpu);
		tasks[count++] = task;
		wake_up_process(task);
	}
	while (atomic_long_read(&from_threads) < (long)wanted * count) {
		interrupt_all();
		usleep_range(20, 50);
	}
	cpus_read_unlock();
	for (i = 0; i < count; i++)
		kthread_stop(tasks[i]);
	usleep_range(1000, 2000); /* an NMI may still be under way */
	WRITE_ONCE(armed, false);
	return 0;
}

static const struct kernel_param_ops go_ops = { .set = go };
module_param_cb(go, &go_ops, NULL, 0200);

static int probe_begin(void)
{
#ifdef CONFIG_X86_64
	return register_nmi_handler(NMI_LOCAL, on_nmi, 0, "test_buffers");
#else
	return 0;
#endif
}

static void probe_end(void)
{
#ifdef CONFIG_X86_64
	unregister_nmi_handler(NMI_LOCAL, "test_buffers");
#endif
	dlog("sent %ld by threads, %ld by NMIs", atomic_long_read(&from_threads), atomic_long_read(&from_nmis));
}
