// SPDX-License-Identifier: GPL-2.0
/*
 * map_print: maps as text, an element a line, by a format.
 *
 *     _stp_map_print(opens, "%1s opened %d files")
 *
 *   %1d %1x %1s %1P    the first key: decimal, hexadecimal, string, name of the symbol at an address; %2d ... the second
 *   %d %x %P           the value of an INT64
 *   %s                 the value of a STRING
 *   %C %S %N %X %A     count, sum, least, greatest, average of a STAT
 *   %V %H              its variance; its histogram as bars, on lines below the element's (both need map_print_stats)
 *   %%                 a percent sign
 *
 * A key of the other kind than the letter's is printed as what it is, a missing one as nothing. A newline in the format
 * starts another line. Anything else after a percent sign is refused, before a line is printed.
 */
#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/string.h>

/* A piece of a format: one that begins with a percent sign, or the text up to it. */
struct _stp_map_piece {
	const char *text;
	int length;
	int key; /* 0: the value */
	char letter; /* 0: there is none */
};

/* Prints what is the matter of stats into the print buffer, or the bars into the log: see map_print_stats. */
typedef void _stp_map_stat_printer(const void *stats, char letter);

static struct _stp_map_piece _stp_map_piece(const char *format)
{
	struct _stp_map_piece piece = { .text = format, .length = strcspn(format, "%") };

	if (piece.length)
		return piece;
	format++;
	if (*format == '1' || *format == '2')
		piece.key = *format++ - '0';
	piece.letter = *format;
	if (*format)
		format++;
	piece.length = format - piece.text;
	return piece;
}

static bool _stp_map_is_one_of(char letter, const char *letters)
{
	return letter && strchr(letters, letter);
}

/* What is wrong with a piece for values of the kind that a map has; NULL if nothing. */
static const char *_stp_map_piece_wrong(const struct _stp_map_piece *piece, u32 kind, bool stats)
{
	static const char *const letters[] = { "dxsP", "dxP", "s", "CSNXA", "VH" };
	char letter = piece->letter;

	if (*piece->text != '%' || (letter == '%' && !piece->key))
		return NULL;
	if (_stp_map_is_one_of(letter, letters[piece->key ? 0 : kind]))
		return NULL;
	if (piece->key || !_stp_map_is_one_of(letter, "dxsPCSNXAVH"))
		return "there is no such format";
	if (kind != _STP_KIND_STAT || !_stp_map_is_one_of(letter, letters[4]))
		return "the values are of another type";
	if (!stats)
		return "add map_print_stats to needs in probe.yaml";
#ifdef STAT_VARIANCE
	if (letter == 'V' && !STAT_VARIANCE)
		return "set STAT_VARIANCE to true in config of probe.yaml";
#endif
	return NULL;
}

static void _stp_map_print_int(int64_t val, char letter)
{
	if (letter == 'P')
		_stp_print_buf("%pS", (void *)val);
	else if (letter == 'x')
		_stp_print_buf("%llx", val);
	else
		_stp_print_buf("%lld", val);
}

static void _stp_map_print_key(const struct map_node *node, int which, char letter)
{
	u32 shape = node->shape;

	if (!(which ? _STP_SHAPE_WORDS2(shape) : _STP_SHAPE_WORDS1(shape)))
		return;
	if (shape >> (16 + which) & 1)
		_stp_print_buf("%s", (const char *)(node->key + (which ? _STP_SHAPE_WORDS1(shape) : 0)));
	else
		_stp_map_print_int(_stp_node_key_int(node, which), letter);
}

/* A value stands right behind its struct map_node; a statistic begins with count, sum, least and greatest. */
static void _stp_map_print_value(const struct map_node *node, u32 kind, char letter, _stp_map_stat_printer *stats)
{
	static const char figures[] = "CSNX";
	const int64_t *value = (const int64_t *)(node + 1);

	if (kind == _STP_KIND_INT64)
		_stp_map_print_int(*value, letter);
	else if (kind == _STP_KIND_STRING)
		_stp_print_buf("%s", (const char *)value);
	else if (_stp_map_is_one_of(letter, figures))
		_stp_print_buf("%lld", value[strchr(figures, letter) - figures]);
	else if (letter == 'A')
		_stp_print_buf("%lld", value[0] ? div64_s64(value[1], value[0]) : 0);
	else if (letter == 'V' && stats)
		stats(value, letter);
}

static void _stp_map_print_node(const struct map_node *node, u32 kind, const char *format, _stp_map_stat_printer *stats)
{
	struct _stp_map_piece piece;
	bool bars = false;

	for (; *format; format += piece.length) {
		piece = _stp_map_piece(format);
		if (*piece.text != '%')
			_stp_print_buf("%.*s", piece.length, piece.text);
		else if (piece.letter == '%')
			_stp_print_buf("%%");
		else if (piece.key)
			_stp_map_print_key(node, piece.key - 1, piece.letter);
		else if (piece.letter == 'H')
			bars = true;
		else
			_stp_map_print_value(node, kind, piece.letter, stats);
	}
	_stp_print_flush();
	if (bars && stats)
		stats(node + 1, 'H');
}

/* Whether all of a format fits the map; if not, the log says what does not. */
static bool _stp_map_format_fits(MAP map, const char *format, bool stats)
{
	struct _stp_map_piece piece;
	const char *at, *wrong;

	for (at = format; *at; at += piece.length) {
		piece = _stp_map_piece(at);
		wrong = _stp_map_piece_wrong(&piece, map->type >> 24, stats);
		if (wrong) {
			pr_err("map %u is not printed: %.*s in \"%s\": %s\n", map->number, piece.length, piece.text,
			       format, wrong);
			return false;
		}
	}
	return true;
}

/* Prints @map by way of @walk, which is that of a copy where @map is a map per CPU. */
static int _stp_map_print_first(MAP map, struct _stp_map_walk walk, int n, const char *format,
				_stp_map_stat_printer *stats)
{
	struct map_node *node;
	int printed = 0;

	if (!map || !_stp_map_format_fits(map, format, stats)) {
		_stp_map_walk_end(&walk);
		return map ? -EINVAL : 0;
	}
	_stp_print_flush();
	while ((printed < n || n <= 0) && (node = _stp_map_next(&walk)) != NULL) {
		_stp_map_print_node(node, map->type >> 24, format, stats);
		printed++;
	}
	_stp_map_walk_end(&walk);
	return printed;
}

/* map_print_stats puts its function here. */
#define _STP_MAP_STAT_PRINTER NULL

/**
 * _stp_map_print() - log a map, a line for each element in the order of foreach()
 * @map: the map (MAP or PMAP); NULL has no elements
 * @fmt: the format of a line, see above
 *
 * What the print buffer holds already becomes a line before.
 * Context: process.
 * Return: how many elements were printed; -EINVAL if @fmt does not fit the map, which the kernel log then says.
 */
#define _stp_map_print(map, fmt) _stp_map_printn(map, 0, fmt)

/**
 * _stp_map_printn() - log no more than the first few elements of a map
 * @map: the map (MAP or PMAP); NULL has no elements
 * @n:   how many; 0 or less for all
 * @fmt: the format of a line
 *
 * After _stp_map_sort() or _stp_map_sortn() they are the greatest, or the least.
 * Context: process.
 * Return: as _stp_map_print().
 */
#define _stp_map_printn(map, n, fmt)                                                                   \
	({                                                                                             \
		__auto_type _map = (map);                                                              \
		_stp_map_print_first(_STP_KEYED(_map),                                                 \
				     _Generic(_map, PMAP: _STP_PMAP_WALK, default: _stp_map_walk)(_map), \
				     n, fmt, _STP_MAP_STAT_PRINTER);                                   \
	})
