// SPDX-License-Identifier: GPL-2.0
/* Threads, and the work items of CPUs. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime.h"

__thread struct task_struct *host_self;

static struct cpu_queue {
	pthread_mutex_t lock;
	struct host_work *works; /* the oldest first */
	int left; /* works that are not done; atomic */
	int cared; /* whether a thread looks after this CPU; atomic */
	struct task_struct carer;
} queues[HOST_CPUS] = { [0 ... HOST_CPUS - 1] = { .lock = PTHREAD_MUTEX_INITIALIZER } };

/* Tasks, for as long as the process runs: whoever knows one may look at it. */
static struct known {
	struct known *next;
	struct task_struct task;
} *known;

void thread_begin(struct task_struct *task)
{
	task->pid = syscall(SYS_gettid);
	task->tgid = getpid();
	host_self = task;
	cpu_take(task->cpu);
}

static void detach(void *(*run)(void *), void *data)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attributes, run, data))
		host_bug("no more threads", "host", 0);
	pthread_attr_destroy(&attributes);
}

static void *run_thread(void *data)
{
	struct task_struct *task = data;

	thread_begin(task);
	task->result = task->function(task->data);
	cpu_give(task->cpu);
	store(&task->ended, 1);
	return NULL;
}

struct task_struct *host_thread_new(int (*function)(void *data), void *data, const char *comm)
{
	struct known *new = calloc(1, sizeof(*new));

	if (!new)
		return NULL;
	new->task.function = function;
	new->task.data = data;
	new->task.cpu = host_self->cpu;
	snprintf(new->task.comm, sizeof(new->task.comm), "%s", comm);
	new->next = load(&known);
	while (!replace(&known, &new->next, new))
		;
	return &new->task;
}

void host_thread_wake(struct task_struct *task)
{
	store(&task->awake, 1);
	if (task->function && !exchange(&task->started, 1))
		detach(run_thread, task);
}

int host_thread_stop(struct task_struct *task)
{
	store(&task->stopping, 1);
	if (!load(&task->started))
		return -EINTR;
	store(&task->awake, 1);
	while (!load(&task->ended))
		host_idle();
	return task->result;
}

/* Keeps a CPU alive while all others on it sleep, and runs its work items. */
static void *run_carer(void *data)
{
	thread_begin(data);
	for (;;) {
		work_run_one(host_self->cpu);
		host_idle();
	}
	return NULL;
}

void cpu_care(int cpu)
{
	struct task_struct *carer = &queues[cpu].carer;

	if (exchange(&queues[cpu].cared, 1))
		return;
	snprintf(carer->comm, sizeof(carer->comm), "kworker/%d", cpu);
	carer->cpu = cpu;
	detach(run_carer, carer);
}

int host_work_queue(int cpu, struct host_work *work)
{
	struct cpu_queue *queue = &queues[cpu];
	struct host_work **end = &queue->works;

	if (exchange(&work->pending, cpu + 1))
		return 0;
	pthread_mutex_lock(&queue->lock);
	work->next = NULL;
	while (*end)
		end = &(*end)->next;
	*end = work;
	__atomic_fetch_add(&queue->left, 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&queue->lock);
	cpu_care(cpu);
	return 1;
}

void work_run_one(int cpu)
{
	struct cpu_queue *queue = &queues[cpu];
	struct host_work *work;

	pthread_mutex_lock(&queue->lock);
	work = queue->works;
	if (work) {
		queue->works = work->next;
		store(&work->running, 1);
		store(&work->pending, 0);
	}
	pthread_mutex_unlock(&queue->lock);
	if (!work)
		return;
	work->run(work);
	store(&work->running, 0);
	__atomic_fetch_sub(&queue->left, 1, __ATOMIC_RELEASE);
}

/* Whether others have work to do on this CPU. */
int host_work_left(void)
{
	struct cpu_queue *queue = &queues[host_self->cpu];

	return host_self != &queue->carer && load(&queue->left);
}

int host_work_cancel(struct host_work *work)
{
	int cpu = load(&work->pending) - 1, found = 0;
	struct host_work **at;

	if (cpu < 0)
		return 0;
	pthread_mutex_lock(&queues[cpu].lock);
	for (at = &queues[cpu].works; *at; at = &(*at)->next)
		if (*at == work) {
			*at = work->next;
			store(&work->pending, 0);
			__atomic_fetch_sub(&queues[cpu].left, 1, __ATOMIC_RELEASE);
			found = 1;
			break;
		}
	pthread_mutex_unlock(&queues[cpu].lock);
	return found;
}

void host_work_wait(struct host_work *work)
{
	while (load(&work->pending) || load(&work->running))
		host_idle();
}
