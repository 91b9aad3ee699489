// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads a CPU, and timers' interrupts at any moment, add to the same KEYS elements; in another map, which has
 * room for half of them, elements are replaced and deleted all the time; another grows by its work item while all this
 * goes on. The totals are exact.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>

#define KEYS 16
#define ROUNDS 20000
#define THREADS 64

static MAP counts;
static MAP sizes;
static MAP churn;
static MAP growing;
static PMAP own_counts;
static PMAP own_sizes;
static atomic_t finished = ATOMIC_INIT(0);
static atomic_long_t hits = ATOMIC_LONG_INIT(0);

static void hit(int n)
{
	char name[8];

	if (!_stp_enter()) {
		CHECK(false);
		return;
	}
	_stp_map_key_long(counts, n % KEYS);
	_stp_map_add_int64(counts, 1);
	snprintf(name, sizeof(name), "key%d", n % KEYS);
	_stp_map_key_str(sizes, name);
	_stp_map_stat_add(sizes, n);
	_stp_map_key_str_long(churn, name, n % 3);
	_stp_map_add_int64(churn, 1);
	if (n % 5 == 0)
		_stp_map_key_del(churn);
	_stp_map_key_long(growing, n / 4);
	_stp_map_add_int64(growing, 1);
	_stp_map_key_long(own_counts, n % KEYS);
	_stp_map_add_int64(own_counts, 1);
	_stp_map_key_str(own_sizes, name);
	_stp_map_stat_add(own_sizes, n);
	atomic_long_inc(&hits);
	_stp_leave();
}

static enum hrtimer_restart interrupt(struct hrtimer *timer)
{
	hit(1);
	hrtimer_forward_now(timer, ns_to_ktime(50 * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static int work(void *data)
{
	struct hrtimer timer;
	int n;

	hrtimer_init_on_stack(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer.function = interrupt;
	hrtimer_start(&timer, ns_to_ktime(50 * NSEC_PER_USEC), HRTIMER_MODE_REL_PINNED_HARD);
	for (n = 0; n < ROUNDS; n++) {
		preempt_disable();
		hit(n);
		preempt_enable();
		if (n % 256 == 0)
			cond_resched();
	}
	hrtimer_cancel(&timer);
	destroy_hrtimer_on_stack(&timer);
	atomic_inc(&finished);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* Whatever goes on meanwhile, a snapshot has whole elements, each once, in order; sums only grow. */
static void check_snapshots(void)
{
	static s64 before;
	struct map_node_int64 *ptr;
	MAP copies[] = { _stp_map_snapshot(counts), _stp_map_snapshot(own_counts), _stp_map_snapshot(churn) };
	s64 total = 0;
	u64 last = 0;
	int i;

	foreach(copies[1], ptr)
		total += ptr->val;
	CHECK(total >= before);
	before = total;
	CHECK(copies[1]->shard.count <= KEYS);
	for (i = 0; i < ARRAY_SIZE(copies); i++) {
		last = 0;
		foreach(copies[i], ptr) {
			CHECK(ptr->n.serial > last && ptr->val);
			last = ptr->n.serial;
		}
		_stp_map_del(copies[i]);
	}
}

static void run_threads(void)
{
	static struct task_struct *tasks[THREADS];
	int cpu, i, count = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		for (i = 0; i < 2 && count < THREADS; i++) {
			struct task_struct *task = kthread_create(work, NULL, "tapsmith/%d", cpu);

			if (IS_ERR(task))
				continue;
			kthread_bind(task, cpu);
			tasks[count++] = task;
		}
	cpus_read_unlock();
	for (i = 0; i < count; i++)
		wake_up_process(tasks[i]);
	while (atomic_read(&finished) < count) {
		check_snapshots();
		msleep(10);
	}
	for (i = 0; i < count; i++)
		kthread_stop(tasks[i]);
	CHECK(count == min_t(int, THREADS, 2 * num_online_cpus()));
	CHECK(atomic_long_read(&hits) > (long)count * ROUNDS); /* interrupts came on top */
}

static int probe_begin(void)
{
	counts = _stp_map_new(KEYS, INT64);
	sizes = _stp_map_new(KEYS, STAT);
	churn = _stp_map_new(KEYS / 2, INT64);
	growing = _stp_map_new(0, INT64);
	own_counts = _stp_pmap_new(KEYS, INT64);
	own_sizes = _stp_pmap_new(KEYS, STAT);
	if (!CHECK(counts && sizes && churn && growing && own_counts && own_sizes))
		return -ENOMEM;
	run_threads();
	return 0;
}

static void probe_end(void)
{
	struct map_node_int64 *ptr;
	struct map_node_stat *stats;
	s64 total = 0, elements = 0;
	bool ascending = true;
	u64 last = 0;

	foreach(counts, ptr)
		total += ptr->val;
	CHECK(total == atomic_long_read(&hits));
	total = 0;
	foreach(sizes, stats)
		total += stats->stats.count;
	CHECK(total == atomic_long_read(&hits));
	total = 0;
	foreach(own_counts, ptr)
		total += ptr->val;
	CHECK(total == atomic_long_read(&hits));
	total = 0;
	foreach(own_sizes, stats)
		total += stats->stats.count;
	CHECK(total == atomic_long_read(&hits));
	total = atomic_long_xchg(&growing->refused, 0);
	foreach(growing, ptr)
		total += ptr->val;
	CHECK(total == atomic_long_read(&hits));
	CHECK(growing->shard.count > MAP_POOL);
	foreach(churn, ptr) {
		elements++;
		ascending = ascending && ptr->n.serial > last;
		last = ptr->n.serial;
	}
	CHECK(ascending);
	CHECK(elements == churn->shard.count && elements + churn->shard.free_count == KEYS / 2);
	CHECK(atomic_long_xchg(&churn->replaced, 0) > 0); /* how many hangs on the order of events */
}
