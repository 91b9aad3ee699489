// SPDX-License-Identifier: GPL-2.0
/*
 * Threads on each CPU add to maps all the time, and process code sends NMIs to all CPUs, whose handler adds as well. What a map has
 * counted and what it has skipped, since the CPU was in an update, is together just what there was.
 */
#ifdef CONFIG_X86_64 /* other machines have no such interrupt that one could send */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <asm/apic.h>
#include <asm/nmi.h>

#define KEYS 4
#define NMIS 3000
#define THREADS 64

static MAP counts, churn;
static PMAP own, sizes, own_churn;
static atomic_long_t hits = ATOMIC_LONG_INIT(0), from_nmis = ATOMIC_LONG_INIT(0);
static bool over;

static void hit(unsigned int n)
{
	if (!_stp_enter()) {
		CHECK(false);
		return;
	}
	_stp_map_key_long(counts, n % KEYS);
	_stp_map_add_int64(counts, 1);
	_stp_map_key_long(own, n % KEYS);
	_stp_map_add_int64(own, 1);
	_stp_map_key_str_long(sizes, "size", n % KEYS);
	_stp_map_stat_add(sizes, n);
	_stp_map_key_long(churn, n % (4 * KEYS));
	_stp_map_add_int64(churn, 1);
	_stp_map_key_long(own_churn, n % (4 * KEYS));
	_stp_map_add_int64(own_churn, 1);
	atomic_long_inc(&hits);
	_stp_leave();
}

static int on_nmi(unsigned int type, struct pt_regs *regs)
{
	if (READ_ONCE(over))
		return NMI_DONE;
	atomic_long_inc(&from_nmis);
	hit(atomic_long_read(&from_nmis));
	return NMI_HANDLED;
}

static int work(void *data)
{
	unsigned int n = 0;

	while (!kthread_should_stop()) {
		preempt_disable();
		hit(n++);
		preempt_enable();
		if (n % 64 == 0)
			cond_resched();
	}
	return 0;
}

static void run(void)
{
	static struct task_struct *tasks[THREADS];
	int cpu, i, count = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		struct task_struct *task = count < THREADS ? kthread_create(work, NULL, "tapsmith/%d", cpu) : ERR_PTR(-EAGAIN);

		if (IS_ERR(task))
			continue;
		kthread_bind(task, cpu);
		tasks[count++] = task;
		wake_up_process(task);
	}
	for (i = 0; i < NMIS; i++) {
		apic->send_IPI_mask(cpu_online_mask, NMI_VECTOR);
		usleep_range(20, 50);
	}
	cpus_read_unlock();
	for (i = 0; i < count; i++)
		kthread_stop(tasks[i]);
	CHECK(count == num_online_cpus());
}

static int probe_begin(void)
{
	counts = _stp_map_new(KEYS, INT64);
	churn = _stp_map_new(KEYS, INT64);
	own = _stp_pmap_new(KEYS, INT64);
	sizes = _stp_pmap_new(KEYS, STAT);
	own_churn = _stp_pmap_new(KEYS, INT64);
	return CHECK(counts && churn && own && sizes && own_churn) ? 0 : -ENOMEM;
}

static long skipped(MAP map)
{
	return atomic_long_xchg(&map->lock.refused, 0);
}

/* Elements come and go in it all the time: each is in its chain and in one list, and none is lost. */
static void check_shard(const struct _stp_shard *shard)
{
	struct map_node *node;
	u32 chained = 0, listed = 0, free = 0;
	u64 chain;

	for (chain = 0; chain <= shard->mask; chain++)
		hlist_for_each_entry(node, &shard->chains[chain], hnode)
			if (!CHECK(++chained <= KEYS))
				return;
	list_for_each_entry(node, &shard->nodes, lnode)
		if (!CHECK(++listed <= KEYS))
			return;
	list_for_each_entry(node, &shard->free, lnode)
		if (!CHECK(++free <= KEYS))
			return;
	CHECK(chained == listed && listed == shard->count);
	CHECK(free == shard->free_count && listed + free == KEYS);
}

/* At the end, since the workload first tells the kernel to bear with handlers that an emulated machine interrupts. */
static void probe_end(void)
{
	struct map_node_int64 *ptr;
	struct map_node_stat *size;
	long all, busy = 0, lost;
	s64 total = 0;
	int cpu;

	if (!CHECK(!register_nmi_handler(NMI_LOCAL, on_nmi, 0, "test_nmi")))
		return;
	run();
	WRITE_ONCE(over, true);
	unregister_nmi_handler(NMI_LOCAL, "test_nmi");
	all = atomic_long_read(&hits);
	foreach(counts, ptr)
		total += ptr->val;
	lost = skipped(counts);
	busy += lost;
	CHECK(total + lost == all);
	total = 0;
	foreach(own, ptr)
		total += ptr->val;
	lost = skipped((MAP)own);
	busy += lost;
	CHECK(total + lost == all);
	total = 0;
	foreach(sizes, size)
		total += size->stats.count;
	CHECK(total + skipped((MAP)sizes) == all);
	check_shard(&churn->shard);
	for_each_online_cpu(cpu)
		check_shard(&per_cpu_ptr(own_churn->map.memory, cpu)->cell.shard);
	skipped(churn);
	busy += skipped((MAP)own_churn);
	atomic_long_set(&churn->replaced, 0);
	atomic_long_set(&own_churn->map.replaced, 0);
	CHECK(atomic_long_read(&from_nmis) > NMIS / 2);
	CHECK(busy > 0);
	pr_info("%ld NMIs, %ld operations skipped\n", atomic_long_read(&from_nmis), busy);
}
#else
static int probe_begin(void)
{
	return -EOPNOTSUPP;
}

static void probe_end(void)
{
}
#endif
