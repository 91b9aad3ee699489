// SPDX-License-Identifier: GPL-2.0
/*
 * What the runtime of the host build (../runtime) offers to the headers here; both sides include this file, and it
 * includes nothing, so that neither sees the other's libc or kernel names.
 *
 * Simulated CPUs. A thread runs on one CPU all its life, and holds it but where it sleeps: so two threads of one CPU
 * never run at once, just as in a kernel that preempts at sleeping points only. Interrupts come in windows: whenever
 * they are turned on, and while a CPU idles.
 */
#ifndef HOST_H
#define HOST_H

#ifndef HOST_CPUS
#define HOST_CPUS 4
#endif

/* Where the process's arguments lie. */
struct mm_struct {
	unsigned long arg_start, arg_end;
};

struct task_struct {
	char comm[16];
	int pid;
	struct mm_struct *mm;	/* NULL for a thread of the kernel */
	void *work;	/* the work item that it runs */
	int tgid;
	int cpu;
	int preempt_off;
	int irqs_off;
	int hardirq;
	int awake;	/* atomic: set by wake_up_process() */
	int stopping;	/* atomic: kthread_stop() asks it to end */
	int ended;	/* atomic */
	int started;
	int result;
	int (*function)(void *data);
	void *data;
};

extern __thread struct task_struct *host_self;

/* Something that a CPU does in a hard interrupt; it may be raised in any context. */
struct host_event {
	struct host_event *next;
	void (*run)(struct host_event *event);
	int state;	/* atomic: 0 idle, 1 raised, 2 running */
};

int host_raise(int cpu, struct host_event *event);
void host_window(void);
void host_event_wait(struct host_event *event);
void host_call(int cpu, void (*function)(void *info), void *info, int wait);
void host_synchronize(void);

/* Something that a CPU does in a thread of its own, where it may sleep. */
struct host_work {
	struct host_work *next;
	void (*run)(struct host_work *work);
	int pending;	/* atomic */
	int running;	/* atomic */
};

int host_work_queue(int cpu, struct host_work *work);
int host_work_cancel(struct host_work *work);
void host_work_wait(struct host_work *work);
int host_work_left(void);

/* A timer of one CPU; it expires in a hard interrupt. */
struct host_timer {
	struct host_timer *next;
	int (*run)(struct host_timer *timer);	/* whether it goes on, with another `expires` */
	unsigned long long expires;
	int armed;	/* 0 idle, 1 armed, 2 running; under its CPU's lock */
	int cpu;
};

void host_timer_start(struct host_timer *timer, unsigned long long expires);
int host_timer_cancel(struct host_timer *timer);

/* Threads. host_idle() gives the CPU to others for a moment: who waits for something calls it until that is so. */
struct task_struct *host_thread_new(int (*function)(void *data), void *data, const char *comm);
void host_thread_wake(struct task_struct *task);
int host_thread_stop(struct task_struct *task);
void host_idle(void);
void host_relax(void);
void host_resched(void);
unsigned long long host_now(void);	/* nanoseconds */

/* Memory; per-CPU memory is known by its copy on CPU 0. */
void *host_kmalloc(unsigned long size, int zero);
void host_kfree(const void *memory);
void *host_vmalloc(unsigned long size, int zero);
void host_vfree(const void *memory);
int host_is_vmalloc(const void *memory);
void *host_percpu_alloc(unsigned long size, unsigned long align);
void host_percpu_free(void *memory);
void *host_percpu(const volatile void *memory, int cpu);
unsigned long host_load(const void *address);
int host_copy_nofault(void *to, const void *from, unsigned long size);

/* Text. */
int host_vsnprintf(char *to, unsigned long size, const char *fmt, __builtin_va_list args);
int host_vprintk(const char *fmt, __builtin_va_list args);
struct va_format {
	const char *fmt;
	__builtin_va_list *va;
};

void host_bug(const char *what, const char *file, int line) __attribute__((noreturn));

/* A module's life and its parameters. */
extern int (*const host_module_init)(void);
extern void (*const host_module_exit)(void);
struct kernel_param;
struct kernel_param_ops {
	unsigned int flags;
	int (*set)(const char *value, const struct kernel_param *param);
	int (*get)(char *buffer, const struct kernel_param *param);
	void (*free)(void *arg);
};
struct kernel_param {
	const char *name;
	const struct kernel_param_ops *ops;
	void *arg;
};
struct host_parameter {
	const char *name;
	const char *type;
	void *value;
	unsigned long size;
};

#endif
