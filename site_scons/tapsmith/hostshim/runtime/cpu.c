// SPDX-License-Identifier: GPL-2.0
/* Simulated CPUs: who runs on them, and their hard interrupts. */
#include <sched.h>
#include <stddef.h>
#include <time.h>

#include "runtime.h"

/* How long an idling thread leaves its CPU to others. */
#define IDLE_NS 50000

static struct cpu {
	unsigned int next_ticket;
	unsigned int serving;
	struct host_event *events; /* raised, the last one first */
} __attribute__((aligned(64))) cpus[HOST_CPUS];

void pause_for(unsigned long ns)
{
	struct timespec time = { .tv_nsec = ns };

	nanosleep(&time, NULL);
}

unsigned long long host_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* In the order in which they come, so that nobody waits for ever. */
void cpu_take(int cpu)
{
	unsigned int ticket = __atomic_fetch_add(&cpus[cpu].next_ticket, 1, __ATOMIC_RELAXED);
	int tries = 0;

	while (load(&cpus[cpu].serving) != ticket) {
		if (++tries < 10)
			sched_yield();
		else
			pause_for(10000);
	}
}

/* Takes a CPU if nobody has it. */
static int cpu_try(int cpu)
{
	unsigned int ticket = load(&cpus[cpu].serving);

	return replace(&cpus[cpu].next_ticket, &ticket, ticket + 1);
}

void cpu_give(int cpu)
{
	store(&cpus[cpu].serving, cpus[cpu].serving + 1);
}

void host_relax(void)
{
	sched_yield();
}

/* Lets those go first who wait for this CPU. */
void host_resched(void)
{
	struct cpu *cpu = &cpus[host_self->cpu];

	if (load(&cpu->next_ticket) != cpu->serving + 1) {
		cpu_give(host_self->cpu);
		cpu_take(host_self->cpu);
	}
	host_window();
}

void host_idle(void)
{
	int cpu = host_self->cpu;

	if (host_self->preempt_off || host_self->irqs_off || host_self->hardirq)
		host_bug("sleeping with preemption or interrupts off", host_self->comm, 0);
	cpu_give(cpu);
	pause_for(IDLE_NS);
	cpu_take(cpu);
	host_window();
}

/* What was raised first runs first. */
static struct host_event *in_order(struct host_event *event)
{
	struct host_event *first = NULL;

	while (event) {
		struct host_event *next = event->next;

		event->next = first;
		first = event;
		event = next;
	}
	return first;
}

static void run_events(struct cpu *cpu)
{
	struct host_event *event = in_order(exchange(&cpu->events, NULL));

	while (event) {
		struct host_event *next = event->next;
		int running = 2;

		store(&event->state, running);
		event->run(event);
		replace(&event->state, &running, 0); /* but where it was raised again */
		event = next;
	}
}

/* Interrupts are on: the CPU does what was raised. Who wants a window with them off waits for the next. */
void host_window(void)
{
	struct cpu *cpu = &cpus[host_self->cpu];

	while (!host_self->irqs_off && (load(&cpu->events) || timer_due(host_self->cpu))) {
		host_self->irqs_off = 1;
		host_self->hardirq++;
		run_events(cpu);
		timer_run(host_self->cpu);
		host_self->hardirq--;
		host_self->irqs_off = 0;
	}
}

int host_raise(int to, struct host_event *event)
{
	struct cpu *cpu = &cpus[to];

	if (exchange(&event->state, 1) == 1)
		return 0;
	event->next = load(&cpu->events);
	while (!replace(&cpu->events, &event->next, event))
		;
	if (to == host_self->cpu)
		host_window();
	else
		cpu_care(to);
	return 1;
}

void host_event_wait(struct host_event *event)
{
	while (load(&event->state)) {
		host_window();
		host_relax();
	}
}

struct call {
	struct host_event event;
	void (*function)(void *info);
	void *info;
};

static void run_call(struct host_event *event)
{
	struct call *call = (struct call *)event;

	call->function(call->info);
}

/* Lets an idle CPU have its interrupts at once: this thread stands in for the one that would wake. */
static void wake(int cpu)
{
	int own = host_self->cpu;

	if (!cpu_try(cpu))
		return;
	host_self->cpu = cpu;
	host_window();
	host_self->cpu = own;
	cpu_give(cpu);
}

/* It always waits: a caller that need not may. */
void host_call(int cpu, void (*function)(void *info), void *info, int wait)
{
	struct call call = { .event.run = run_call, .function = function, .info = info };
	int was = host_self->irqs_off;

	(void)wait;
	if (cpu != host_self->cpu) {
		host_raise(cpu, &call.event);
		wake(cpu);
		host_event_wait(&call.event);
		return;
	}
	host_self->irqs_off = 1;
	function(info);
	host_self->irqs_off = was;
	host_window();
}

/* Each CPU was given away once since the call, so whatever ran there without sleeping has ended. */
void host_synchronize(void)
{
	int cpu;

	cpu_give(host_self->cpu);
	for (cpu = 0; cpu < HOST_CPUS; cpu++) {
		cpu_take(cpu);
		cpu_give(cpu);
	}
	cpu_take(host_self->cpu);
	host_window();
}
