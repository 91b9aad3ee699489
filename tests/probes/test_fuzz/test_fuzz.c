// SPDX-License-Identifier: GPL-2.0
/*
 * What random operations do to maps they do to models, and both must show the same: what is read, and all elements in
 * their order, also while they change under a walk. Keys are few, so that they collide, come back and fill the maps.
 */
#include <linux/delay.h>

static ulong operations = 20000;
module_param(operations, ulong, 0444);
static ulong seed = 1;
module_param(seed, ulong, 0444);
static ulong forget = ULONG_MAX;
module_param(forget, ulong, 0444);
MODULE_PARM_DESC(forget, "Ten operations from this one on the model is not told of, to see that this is noticed");

static struct subject {
	const char *name;
	MAP map;
	bool is_list;
	int peak;
	struct model model;
} subjects[] = {
	{ .name = "replacing numbers", .model = { .type = NUMBERS, .bound = 16 } },
	{ .name = "refusing numbers", .model = { .type = NUMBERS, .bound = 16, .refuse = 1 } },
	{ .name = "growing numbers", .model = { .type = NUMBERS } },
	{ .name = "replacing strings", .model = { .type = STRINGS, .bound = 9 } },
	{ .name = "replacing stats", .model = { .type = STATS, .bound = 16 } },
	{ .name = "a list", .is_list = true, .model = { .type = NUMBERS, .bound = 8 } },
};

static ulong now; /* the number of the operation */
static bool differs;
static u64 state;

static bool forgotten(void)
{
	return now >= forget && now - forget < 10;
}

static u32 random(u32 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) % below;
}

static s64 random_number(const struct subject *on)
{
	static const s64 numbers[] = { S64_MIN, -1, 0, 1, 2, S64_MAX };

	return random(3) ? (s64)random(on->model.bound ? 24 : 300) : numbers[random(ARRAY_SIZE(numbers))];
}

/* Of a length about those where something ends: a word, the bound. */
static const char *random_text(char *to)
{
	static const u8 lengths[] = {
		0, 1, 7, 8, 9, MAP_STRING_LENGTH - 1, MAP_STRING_LENGTH, MAP_STRING_LENGTH + 1, 2 * MAP_STRING_LENGTH,
	};
	u32 length = lengths[random(ARRAY_SIZE(lengths))];

	memset(to, 'a', length);
	if (length)
		to[random(length)] = 'b';
	to[length] = '\0';
	return to;
}

static bool same(const struct subject *on, bool right, const char *what)
{
	if (!right && !differs)
		pr_err("%s of %s is another one, operation %lu, seed %lu\n", what, on->name, now, seed);
	differs |= !right;
	return CHECK(right);
}

/* Chooses a key of one or two numbers and strings. */
static void choose(struct subject *on, u32 kind)
{
	char text[2][2 * MAP_STRING_LENGTH + 1];
	struct model_key key = { .count = kind < 2 ? 1 : 2, .is_string = { kind & 1, kind >= 2 && kind & 2 } };
	MAP map = on->map;
	int i;

	for (i = 0; i < key.count; i++) {
		if (key.is_string[i])
			model_text(key.text[i], random_text(text[i]));
		else
			key.number[i] = random_number(on);
	}
	if (key.count == 1 && key.is_string[0])
		_stp_map_key(map, text[0]);
	else if (key.count == 1)
		_stp_map_key(map, key.number[0]);
	else if (key.is_string[0] && key.is_string[1])
		_stp_map_key2(map, text[0], text[1]);
	else if (key.is_string[0])
		_stp_map_key2(map, text[0], key.number[1]);
	else if (key.is_string[1])
		_stp_map_key2(map, key.number[0], text[1]);
	else
		_stp_map_key2(map, key.number[0], key.number[1]);
	on->model.key = key;
}

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

static bool same_stat(const stat *stats, const struct element *element)
{
	return stats->count == element->count && stats->sum == element->sum && stats->min == element->min &&
	       stats->max == element->max;
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

static bool same_element(const struct subject *on, struct map_node *node, const struct element *element)
{
	const struct model_key *key = element ? &element->key : NULL;

	if (!key || key1int(node) != key->number[0] || key2int(node) != key->number[1] ||
	    strcmp(key1str(node), key->text[0]) || strcmp(key2str(node), key->text[1]))
		return false;
	if (on->model.type == STRINGS)
		return !strcmp(((struct map_node_str *)node)->str, element->text);
	if (on->model.type == STATS)
		return same_stat(&((struct map_node_stat *)node)->stats, element);
	return ((struct map_node_int64 *)node)->val == element->sum;
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

/* All elements in order; where @changing, with an operation after each of the first. */
static void walk(struct subject *on, int changing)
{
	struct element *element;
	struct map_node *node;
	u64 serial = 0;

	foreach(on->map, node) {
		element = model_after(&on->model, serial);
		if (!same(on, same_element(on, node, element), "an element"))
			return;
		serial = element->serial;
		if (changing-- > 0)
			change(on);
	}
	same(on, !model_after(&on->model, serial), "the end");
}

static int probe_begin(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(subjects); i++) {
		const u32 types[] = { INT64, STRING, STAT };
		struct subject *on = &subjects[i];

		on->map = _stp_map_new(on->model.bound, types[on->model.type]);
		if (!CHECK(on->map))
			return -ENOMEM;
		on->map->no_wrap = on->model.refuse;
	}
	state = seed * 0x9e3779b97f4a7c15ull | 1;
	for (now = 0; now < operations && !differs; now++) {
		struct subject *on = &subjects[random(ARRAY_SIZE(subjects))];

		if (random(32))
			change(on);
		else
			walk(on, random(2) * 10);
	}
	return 0;
}

static void probe_end(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(subjects) && !differs; i++)
		walk(&subjects[i], 0);
}
