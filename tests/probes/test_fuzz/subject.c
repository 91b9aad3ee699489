// SPDX-License-Identifier: GPL-2.0
/*
 * Maps with their models, and what is random: numbers, texts, keys.
 */
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

static bool same_stat(const stat *stats, const struct element *element)
{
	return stats->count == element->count && stats->sum == element->sum && stats->min == element->min &&
	       stats->max == element->max;
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
