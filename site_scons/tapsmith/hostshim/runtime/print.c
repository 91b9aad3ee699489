// SPDX-License-Identifier: GPL-2.0
/* The kernel's printf on top of the C library's: each conversion goes there on its own, but for those of kernels. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime.h"

/* The kernel cuts a record there. */
#define RECORD 976

struct output {
	char *to;
	unsigned long size;
	unsigned long length; /* of all the text, also what has no room */
};

/* One conversion: "%" flags width precision length letter; stars are filled in already. */
struct conversion {
	char text[64];
	size_t used;
	int longs;
	char letter;
};

static void put(struct output *out, const char *text, size_t length)
{
	size_t room = out->size > out->length ? out->size - out->length - 1 : 0;

	if (out->size > out->length)
		memcpy(out->to + out->length, text, length < room ? length : room);
	out->length += length;
}

static void add(struct conversion *conversion, const char *text, size_t length)
{
	if (conversion->used + length >= sizeof(conversion->text))
		host_bug("a conversion too long", text, 0);
	memcpy(conversion->text + conversion->used, text, length);
	conversion->used += length;
	conversion->text[conversion->used] = '\0';
}

/* Reads one conversion at @fmt; returns what follows it. */
static const char *parse(struct conversion *conversion, const char *fmt, __builtin_va_list *args)
{
	char number[16];

	conversion->used = 0;
	conversion->longs = 0;
	add(conversion, fmt++, 1);
	for (; *fmt && strchr("-+ #0123456789.*", *fmt); fmt++) {
		if (*fmt != '*')
			add(conversion, fmt, 1);
		else
			add(conversion, number, snprintf(number, sizeof(number), "%d", __builtin_va_arg(*args, int)));
	}
	for (; *fmt && strchr("hlzt", *fmt); fmt++) {
		conversion->longs += *fmt == 'l' || *fmt == 'z' || *fmt == 't';
		add(conversion, fmt, 1);
	}
	conversion->letter = *fmt;
	if (*fmt)
		add(conversion, fmt++, 1);
	return fmt;
}

/* What follows %p: V is a format of its own, all else an address. */
static const char *put_pointer(struct output *out, const char *fmt, const void *pointer)
{
	char number[32];

	if (*fmt == 'V') {
		const struct va_format *inner = pointer;
		unsigned long room = out->size > out->length ? out->size - out->length : 0;
		__builtin_va_list args;

		__builtin_va_copy(args, *inner->va);
		out->length += host_vsnprintf(room ? out->to + out->length : NULL, room, inner->fmt, args);
		__builtin_va_end(args);
		return fmt + 1;
	}
	/* A symbol: here no address has one. */
	put(out, number, snprintf(number, sizeof(number), *fmt == 'S' ? "0x%lx" : "%016lx", (unsigned long)pointer));
	while ((*fmt >= 'a' && *fmt <= 'z') || (*fmt >= 'A' && *fmt <= 'Z'))
		fmt++;
	return fmt;
}

static void put_string(struct output *out, const struct conversion *conversion, const char *string)
{
	char *text;
	int length = asprintf(&text, conversion->text, string ? string : "(null)");

	if (length < 0)
		abort();
	put(out, text, length);
	free(text);
}

static void put_number(struct output *out, const struct conversion *conversion, __builtin_va_list *args)
{
	char *text;
	int length;

	if (conversion->longs > 1)
		length = asprintf(&text, conversion->text, __builtin_va_arg(*args, long long));
	else if (conversion->longs)
		length = asprintf(&text, conversion->text, __builtin_va_arg(*args, long));
	else
		length = asprintf(&text, conversion->text, __builtin_va_arg(*args, int));
	if (length < 0)
		abort();
	put(out, text, length);
	free(text);
}

int host_vsnprintf(char *to, unsigned long size, const char *fmt, __builtin_va_list given)
{
	struct output out = { to, size, 0 };
	struct conversion conversion;
	__builtin_va_list args;

	__builtin_va_copy(args, given);
	while (*fmt) {
		size_t plain = strcspn(fmt, "%");

		put(&out, fmt, plain);
		fmt += plain;
		if (!*fmt)
			break;
		fmt = parse(&conversion, fmt, &args);
		if (conversion.letter == '%')
			put(&out, "%", 1);
		else if (conversion.letter == 's')
			put_string(&out, &conversion, __builtin_va_arg(args, const char *));
		else if (conversion.letter == 'p')
			fmt = put_pointer(&out, fmt, __builtin_va_arg(args, const void *));
		else if (conversion.letter && strchr("diuxXoc", conversion.letter))
			put_number(&out, &conversion, &args);
		else
			host_bug("a conversion that the kernel does not know", conversion.text, 0);
	}
	__builtin_va_end(args);
	if (size)
		to[out.length < size ? out.length : size - 1] = '\0';
	return out.length;
}

/* A record of the log, without its level: one write, so that those of several threads do not mix. */
int host_vprintk(const char *fmt, __builtin_va_list args)
{
	char text[RECORD + 1];
	char *from = text;
	int length;

	if (fmt[0] == '\001' && fmt[1])
		fmt += 2;
	length = host_vsnprintf(text, RECORD, fmt, args);
	if (length >= RECORD)
		length = RECORD - 1;
	if (!length || text[length - 1] != '\n')
		text[length++] = '\n';
	while (length > 0) {
		ssize_t written = write(STDOUT_FILENO, from, length);

		if (written < 0)
			abort();
		from += written;
		length -= written;
	}
	return from - text;
}

void host_bug(const char *what, const char *file, int line)
{
	fprintf(stderr, "host: %s: %s:%d\n", what, file, line);
	abort();
}
