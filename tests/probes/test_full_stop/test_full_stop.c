// SPDX-License-Identifier: GPL-2.0
/* Handlers are called by hand here. */
static struct _stp_hits hits;
static MAP ring;
static PMAP last;

static void hit(int key)
{
	if (!_stp_hits_enter(&hits))
		return;
	_stp_map_key_long(ring, key);
	_stp_map_add_int64(ring, 1);
	_stp_map_key_long(last, key);
	_stp_map_add_int64(last, 1);
	_stp_leave();
}

static int probe_begin(void)
{
	int key;

	ring = _stp_map_new(PAIRS, INT64);
	last = _stp_pmap_new(4, INT64);
	if (!CHECK(ring && last && !_stp_hits_init(&hits)))
		return -ENOMEM;
	_stp_map_overflow(last, MAP_OVERFLOW_STOP);
	preempt_disable();
	for (key = 1; key <= 10; key++)
		hit(key);
	preempt_enable();
	return 0;
}

static void probe_end(void)
{
	struct map_node_int64 *ptr;
	int seen = 0;

	foreach(last, ptr)
		CHECK(key1int(ptr) == ++seen && ptr->val == 1);
	CHECK(seen == 4);
	foreach(ring, ptr)
		CHECK(key1int(ptr) == seen++);
	CHECK(seen == 6);
	_stp_hits_report(&hits, 0, NULL, 0, "hit(): ");
	_stp_hits_free(&hits);
}
