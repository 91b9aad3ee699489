// SPDX-License-Identifier: GPL-2.0
/*
 * An interrupt's handler works on the maps while process code has current keys in them and a line half printed; and
 * handlers are nested by hand, as deep as they may be and deeper.
 */
#include <linux/irq_work.h>

static MAP counts;
static MAP names;
static struct _stp_hits hits;

/* One level deeper in handlers each time: each has its own current key and its own line. */
static void nest(int level)
{
	if (!_stp_hits_enter(&hits)) {
		CHECK(level == STP_LEVELS + 1);
		return;
	}
	CHECK(_stp_level_now() == level);
	_stp_map_key_long(counts, level);
	_stp_map_key_str(names, "handler");
	_stp_print_buf_init();
	_stp_print_buf("line of level");
	nest(level + 1);
	_stp_map_add_int64(counts, 1);
	_stp_map_key_long(counts, level);
	CHECK(_stp_map_get_int64(counts) == 1);
	_stp_map_set_str(names, level == 1 ? "first" : "deeper");
	_stp_print_buf(" %d", level);
	_stp_print_flush();
	_stp_leave();
}

static void interrupt(struct irq_work *work)
{
	CHECK(in_hardirq());
	nest(1);
}

static struct irq_work irq = IRQ_WORK_INIT_HARD(interrupt);

/* While this CPU holds a map's lock (as if this code were an NMI's or a probe's in there) all is refused. */
static void test_locked(void)
{
	unsigned long flags;

	_stp_map_key_long(counts, 1);
	if (!CHECK(_stp_lock(&counts->lock, &flags)))
		return;
	_stp_map_add_int64(counts, 1);
	_stp_map_set_int64(counts, 0);
	_stp_map_key_del(counts);
	CHECK(_stp_map_get_int64(counts) == 0);
	CHECK(!_stp_map_start(counts));
	CHECK(!_stp_map_get_str(names)); /* another map's lock is refused, too */
	_stp_unlock(&counts->lock, flags);
	CHECK(_stp_map_get_int64(counts) == 1);
	CHECK_STR(_stp_map_get_str(names), "process");
}

static int probe_begin(void)
{
	char *copy;

	counts = _stp_map_new(10, INT64);
	names = _stp_map_new(10, STRING);
	if (!CHECK(counts && names && !_stp_hits_init(&hits)))
		return -ENOMEM;
	CHECK(_stp_level_now() == 0);
	_stp_map_key_long(counts, 100);
	_stp_map_set_int64(counts, 5);
	_stp_map_key_str(names, "process");
	_stp_map_set_str(names, "process");
	copy = _stp_map_get_str(names);
	_stp_print_buf_init();
	_stp_print_buf("line of process");

	irq_work_queue(&irq);
	irq_work_sync(&irq);

	CHECK(_stp_map_get_int64(counts) == 5);
	CHECK_STR(copy, "process");
	CHECK_STR(_stp_map_get_str(names), "process");
	_stp_print_buf(" code");
	_stp_print_flush();
	_stp_map_key_str(names, "handler");
	CHECK_STR(_stp_map_get_str(names), "first");
	_stp_map_key_str(names, "process");
	test_locked();
	return 0;
}

static void probe_end(void)
{
	struct map_node_int64 *ptr;
	int seen = 0;

	foreach(counts, ptr)
		seen++;
	CHECK(seen == 1 + STP_LEVELS);
	_stp_hits_report(&hits, 0, NULL, 0, "nest(): ");
	_stp_hits_free(&hits);
}
