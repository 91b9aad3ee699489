// SPDX-License-Identifier: GPL-2.0
/*
 * A thread on each CPU plays a handler that writes; process code reads all the while. What is read is whole, and no
 * older than the reader's call: a sum lies between the hits that had ended before it and those that have begun after it.
 */
#include <linux/kthread.h>

#define KEYS 16
#define ROUNDS 10000
#define READS 50
#define THREADS 64
#define LENGTH 60

static PMAP sums;
static PMAP sizes;
static MAP words;
static atomic_long_t begun = ATOMIC_LONG_INIT(0);
static atomic_long_t ended = ATOMIC_LONG_INIT(0);
static atomic_t reads = ATOMIC_INIT(0);
static atomic_t finished = ATOMIC_INIT(0);

/* A word is one letter again and again, so that parts of two are seen. */
static void hit(int n)
{
	char word[LENGTH + 1];

	if (!CHECK(_stp_enter()))
		return;
	atomic_long_inc_return(&begun);
	_stp_map_key_long(sums, n % KEYS);
	_stp_map_add_int64(sums, 1);
	_stp_map_key_long(sizes, n % 3);
	_stp_map_stat_add(sizes, n);
	memset(word, 'a' + n % KEYS, LENGTH);
	word[LENGTH] = '\0';
	_stp_map_key_str(words, word);
	if (n % 5)
		_stp_map_set_str(words, word);
	else
		_stp_map_key_del(words);
	atomic_long_inc_return(&ended);
	_stp_leave();
}

static int work(void *unused)
{
	int n;

	for (n = 0; n < ROUNDS || atomic_read(&reads) < READS; n++) {
		preempt_disable();
		hit(n);
		preempt_enable();
		if (n % 64 == 0)
			cond_resched();
	}
	atomic_inc_return(&finished);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static bool is_whole(const char *word)
{
	return strspn(word, (char[]){ word[0], '\0' }) == LENGTH && word[LENGTH] == '\0';
}

static void read_words(void)
{
	MAP copy = _stp_map_snapshot(words);
	struct map_node_str *ptr;
	u64 last = 0;

	foreach(copy, ptr) {
		CHECK(is_whole(ptr->str) && is_whole(key1str(ptr)) && ptr->str[0] == key1str(ptr)[0]);
		CHECK(ptr->n.serial > last);
		last = ptr->n.serial;
	}
	_stp_map_del(copy);
}

static void read_sums(void)
{
	long least = atomic_long_read_acquire(&ended), sum = 0, count = 0;
	struct map_node_int64 *ptr;
	struct map_node_stat *size;

	foreach(sums, ptr)
		sum += ptr->val;
	CHECK(sum >= least && sum <= atomic_long_read_acquire(&begun));
	least = atomic_long_read_acquire(&ended);
	foreach(sizes, size)
		count += size->stats.count;
	CHECK(count >= least && count <= atomic_long_read_acquire(&begun));
}

static int probe_begin(void)
{
	static struct task_struct *tasks[THREADS];
	int cpu, i, count = 0;

	sums = _stp_pmap_new(KEYS, INT64);
	sizes = _stp_pmap_new(KEYS, STAT);
	words = _stp_map_new(KEYS, STRING);
	if (!CHECK(sums && sizes && words))
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		struct task_struct *task = kthread_create(work, NULL, "readers/%d", cpu);

		if (count == THREADS || !CHECK(!IS_ERR(task)))
			break;
		kthread_bind(task, cpu);
		tasks[count++] = task;
	}
	for (i = 0; i < count; i++)
		wake_up_process(tasks[i]);
	while (atomic_read_acquire(&finished) < count) {
		read_words();
		read_sums();
		atomic_inc(&reads);
		cond_resched();
	}
	for (i = 0; i < count; i++)
		kthread_stop(tasks[i]);
	CHECK(atomic_long_read(&ended) == atomic_long_read(&begun));
	CHECK(atomic_long_read(&ended) >= (long)count * ROUNDS);
	read_sums();
	return 0;
}

static void probe_end(void)
{
}
