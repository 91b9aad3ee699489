// SPDX-License-Identifier: GPL-2.0
/*
 * What random operations do to maps they do to models, and both must show the same: what is read, and all elements in
 * their order, also while they change under a walk. Keys are few, so that they collide, come back and fill the maps.
 */
#include <linux/delay.h>

static void set(struct subject *on)
{
	char text[2 * MAP_STRING_LENGTH + 1];
	s64 val = random_number(on);

	if (on->is_list)
		return; /* its keys are not chosen, but given by adding */
	if (on->model.type == STRINGS) {
		const char *given = random(4) ? random_text(text) : NULL;

		_stp_map_set_str(on->map, given);
		if (!forgotten())
			model_set(&on->model, 0, given);
	} else if (on->model.type == NUMBERS) {
		_stp_map_set_int64(on->map, val);
		if (!forgotten())
			model_set(&on->model, val, NULL);
	}
}

static void add(struct subject *on)
{
	s64 val = random_number(on);

	if (on->is_list)
		_stp_list_add_int64(on->map, val);
	else if (on->model.type == STATS)
		_stp_map_stat_add(on->map, val);
	else if (on->model.type == NUMBERS)
		_stp_map_add_int64(on->map, val);
	if (forgotten())
		return;
	if (on->is_list)
		model_append(&on->model, val);
	else if (on->model.type != STRINGS)
		model_add(&on->model, val);
}

static void drop(struct subject *on)
{
	_stp_map_key_del(on->map);
	if (!forgotten())
		model_drop_here(&on->model);
}

static void clear(struct subject *on)
{
	_stp_list_clear(on->map);
	on->model.count = 0;
	on->model.last_key = 0;
	on->model.key.count = 0;
}

static void get(struct subject *on)
{
	struct element *element = model_find(&on->model);

	if (on->model.type == NUMBERS) {
		same(on, _stp_map_get_int64(on->map) == (element ? element->sum : 0), "the value");
	} else if (on->model.type == STRINGS) {
		char *text = _stp_map_get_str(on->map);

		same(on, element ? text && !strcmp(text, element->text) : !text, "the string");
	} else {
		stat *stats = _stp_map_get_stat(on->map);

		same(on, element ? stats && same_stat(stats, element) : !stats, "the stat");
	}
}

/* Any operation but a walk. */
static void change(struct subject *on)
{
	void (*const all[])(struct subject *on) = { set, add, add, add, get, get, drop };

	/* The list's keys are single numbers; another map's are of all kinds, those of the growing one often new. */
	if (random(4))
		choose(on, on->is_list ? 0 : random(6));
	if (on->is_list ? !random(40) : on->model.count == ROOM)
		clear(on);
	all[random(ARRAY_SIZE(all))](on);
	if (!on->model.bound && on->model.count >= on->peak + MAP_POOL / 4) {
		on->peak = on->model.count;
		msleep(10); /* the work item refills the pool: who adds without end may find it empty */
	}
}

/* All elements in order; where @changing, with an operation after each of the first, else those of a copy. */
static void walk(struct subject *on, int changing)
{
	MAP copy = changing ? NULL : _stp_map_snapshot(on->map), map = copy ?: on->map;
	struct element *element;
	struct map_node *node;
	u64 serial = 0;

	foreach(map, node) {
		element = model_after(&on->model, serial);
		if (!same(on, same_element(on, node, element), "an element"))
			break;
		serial = element->serial;
		if (changing-- > 0)
			change(on);
	}
	same(on, differs || !model_after(&on->model, serial), "the end");
	_stp_map_del(copy);
}

static bool make(struct subject *on)
{
	const u32 types[] = { INT64, STRING, STAT };

	on->map = _stp_map_new(on->model.bound, types[on->model.type]);
	if (on->map && on->model.refuse)
		_stp_map_overflow(on->map, MAP_OVERFLOW_REFUSE);
	return on->map;
}

static int probe_begin(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(subjects); i++)
		if (!CHECK(make(&subjects[i])))
			return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(shared); i++)
		if (!CHECK(make_percpu(&shared[i])))
			return -ENOMEM;
	state = seed * 0x9e3779b97f4a7c15ull | 1;
	for (now = 0; now < operations && !differs; now++) {
		u32 which = random(ARRAY_SIZE(subjects) + ARRAY_SIZE(shared));

		if (which >= ARRAY_SIZE(subjects))
			change_percpu(&shared[which - ARRAY_SIZE(subjects)]);
		else if (random(32))
			change(&subjects[which]);
		else
			walk(&subjects[which], random(2) * 10);
	}
	return 0;
}

static void probe_end(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(subjects) && !differs; i++)
		walk(&subjects[i], 0);
	for (i = 0; i < ARRAY_SIZE(shared) && !differs; i++)
		compare(&shared[i]);
}
