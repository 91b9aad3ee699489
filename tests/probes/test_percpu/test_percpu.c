// SPDX-License-Identifier: GPL-2.0
/* Each CPU adds in turn, so the order of creation is known. */
#include <linux/cpu.h>
#include <linux/smp.h>

static PMAP counts;
static PMAP sizes;
static PMAP small;

/* What an interrupt's handler on one CPU does, as often as *data says. */
static void hit(void *data)
{
	int i, times = *(int *)data, cpu = smp_processor_id();

	if (!CHECK(_stp_enter()))
		return;
	for (i = 0; i < times; i++) {
		_stp_map_key_long(counts, 100 - cpu);
		_stp_map_add_int64(counts, 1);
		_stp_map_key_str(counts, "all");
		_stp_map_add_int64(counts, cpu + 1);
		_stp_map_key_long_long(counts, 7, 7);
		_stp_map_add_int64(counts, cpu ? -1 : (int)num_online_cpus() - 1); /* sums up to 0 */
		_stp_map_key_str_long(sizes, "size", 1);
		_stp_map_stat_add(sizes, 10 * cpu + i);
		_stp_map_key_long(small, i);
		_stp_map_add_int64(small, 1);
	}
	_stp_leave();
}

static void test_merged(int times)
{
	struct map_node_int64 *ptr;
	struct map_node_stat *size;
	int cpus = num_online_cpus(), seen = 0;

	foreach(counts, ptr) {
		if (seen == 1) {
			CHECK_STR(key1str(ptr), "all");
			CHECK(ptr->val == times * cpus * (cpus + 1) / 2);
		} else {
			CHECK(key1int(ptr) == 100 - (seen ? seen - 1 : 0) && ptr->val == times);
		}
		seen++;
	}
	CHECK(seen == cpus + 1); /* without 7, 7 */
	seen = 0;
	foreach(sizes, size) {
		seen++;
		CHECK_STR(key1str(size), "size");
		CHECK(key2int(size) == 1 && size->stats.count == times * cpus);
		CHECK(size->stats.min == 0 && size->stats.max == 10 * (cpus - 1) + times - 1);
	}
	CHECK(seen == 1);
}

static void test_snapshot(int times)
{
	MAP copy = _stp_map_snapshot(counts);
	struct map_node_int64 *ptr;

	if (!CHECK(copy))
		return;
	_stp_map_key_str(copy, "all");
	CHECK(_stp_map_get_int64(copy) == times * num_online_cpus() * (num_online_cpus() + 1) / 2);
	_stp_map_key_long_long(copy, 7, 7);
	CHECK(_stp_map_get_int64(copy) == 0);
	_stp_map_del(copy);
	foreach(counts, ptr)
		break; /* frees its copy, or the end tells */
}

/* Process code counts as well, on whatever CPU it is. */
static void test_process_code(void)
{
	struct map_node_int64 *ptr;
	int seen = 0;

	_stp_map_clear(counts);
	foreach(counts, ptr)
		CHECK(false);
	_stp_map_key_long(counts, 5);
	_stp_map_add_int64(counts, 2);
	_stp_map_add_int64(counts, 3);
	foreach(counts, ptr) {
		seen++;
		CHECK(key1int(ptr) == 5 && ptr->val == 5);
	}
	CHECK(seen == 1);
}

static int probe_begin(void)
{
	int cpu, times = 4;

	counts = _stp_pmap_new(100, INT64);
	sizes = _stp_pmap_new(10, STAT);
	small = _stp_pmap_new(3, INT64);
	if (!CHECK(counts && sizes && small))
		return -ENOMEM;
	cpus_read_lock();
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, hit, &times, true);
	cpus_read_unlock();
	CHECK(atomic_long_xchg(&small->map.replaced, 0) == num_online_cpus());
	test_merged(times);
	test_snapshot(times);
	test_process_code();
	return 0;
}

static void probe_end(void)
{
}
