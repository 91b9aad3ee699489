// SPDX-License-Identifier: GPL-2.0
/*
 * A map as simple as can be: an array of elements, oldest first, searched from its beginning.
 */
#define ROOM 512 /* when it is full it has to be cleared */

enum { NUMBERS, STRINGS, STATS };

/* All that is not used is zero, so that equal keys have equal bytes. */
struct model_key {
	s64 number[2];
	int count;
	int is_string[2];
	char text[2][MAP_STRING_LENGTH + 1];
};

struct element {
	u64 serial;
	struct model_key key;
	s64 count, sum, min, max; /* of a stat; a number is in sum */
	char text[MAP_STRING_LENGTH + 1];
};

struct model {
	int type;
	int bound; /* 0 for none */
	int refuse;
	struct element elements[ROOM];
	int count;
	u64 serial;
	struct model_key key; /* count 0: none is chosen */
	s64 last_key;	/* of a list */
};

/* What is left of a string in a map. */
static void model_text(char *to, const char *text)
{
	size_t length = strlen(text);

	memset(to, 0, MAP_STRING_LENGTH + 1);
	if (length <= MAP_STRING_LENGTH) {
		memcpy(to, text, length);
		return;
	}
	memcpy(to, text, MAP_STRING_LENGTH - 3);
	memcpy(to + MAP_STRING_LENGTH - 3, "\xe2\x80\xa6", 3);
}

static struct element *model_find(struct model *model)
{
	int i;

	for (i = 0; i < model->count; i++)
		if (!memcmp(&model->elements[i].key, &model->key, sizeof(model->key)))
			return &model->elements[i];
	return NULL;
}

static void model_drop(struct model *model, struct element *element)
{
	model->count--;
	memmove(element, element + 1, (&model->elements[model->count] - element) * sizeof(*element));
}

/* Deletes the current element, none is chosen then; an unset key stays chosen. */
static void model_drop_here(struct model *model)
{
	struct element *element = model_find(model);

	if (element) {
		model_drop(model, element);
		model->key.count = 0;
	}
}

static struct element *model_create(struct model *model)
{
	struct element *element;

	if (!model->key.count || (model->bound && model->count == model->bound && model->refuse))
		return NULL;
	if (model->bound && model->count == model->bound)
		model_drop(model, model->elements);
	element = &model->elements[model->count++];
	*element = (struct element){ .serial = ++model->serial, .key = model->key };
	return element;
}

static struct element *model_element(struct model *model)
{
	return model_find(model) ?: model_create(model);
}

static void model_set(struct model *model, s64 val, const char *text)
{
	struct element *element;

	if (model->type == STRINGS ? !text : !val) {
		model_drop_here(model);
		return;
	}
	element = model_element(model);
	if (element && text)
		model_text(element->text, text);
	else if (element)
		element->sum = val;
}

static void model_add(struct model *model, s64 val)
{
	struct element *element;

	if (model->type == NUMBERS && !val)
		return;
	element = model_element(model);
	if (!element)
		return;
	element->min = element->count ? min(element->min, val) : val;
	element->max = element->count ? max(element->max, val) : val;
	element->sum = (u64)element->sum + val;
	element->count++;
}

static void model_append(struct model *list, s64 val)
{
	struct element *element;

	list->key = (struct model_key){ .number = { list->last_key + 1 }, .count = 1 };
	element = model_create(list);
	if (element) {
		element->sum = val;
		list->last_key++;
	}
}

/* The oldest element that is younger than @serial. */
static struct element *model_after(struct model *model, u64 serial)
{
	int i;

	for (i = 0; i < model->count; i++)
		if (model->elements[i].serial > serial)
			return &model->elements[i];
	return NULL;
}
