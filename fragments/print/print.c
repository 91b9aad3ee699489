// SPDX-License-Identifier: GPL-2.0
/*
 * print: lines put together piece by piece.
 *
 * Every context has a buffer of its own: one for process code, one for each handler level on each CPU. A handler
 * starts it with _stp_print_buf_init(), appends with _stp_print_buf() and sends it with _stp_print_flush(). The buffers
 * are allocated at load. What does not fit is counted, and the text then ends in an ellipsis.
 *
 * The kernel keeps about 1000 bytes of a line and drops the rest, so a longer one goes as several lines.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/string.h>

/* Bytes of text in one line of the log: the kernel's 976 less "<module>: " with a name of up to 55 bytes. */
#define _STP_PRINT_LINE 900

struct _stp_print {
	size_t used;
	size_t cut;
	char text[PRINT_BUFFER_LENGTH + 1];
};

static struct _stp_print _stp_print_process;
static struct _stp_print __percpu *_stp_print_handlers;
static atomic_long_t _stp_print_lost = ATOMIC_LONG_INIT(0);

static struct _stp_print *_stp_print_here(void)
{
	int level = _stp_level_now();

	return level ? raw_cpu_ptr(_stp_print_handlers) + level - 1 : &_stp_print_process;
}

/**
 * _stp_print_buf_init() - start with an empty buffer
 *
 * Context: any.
 */
static void _stp_print_buf_init(void)
{
	struct _stp_print *buffer = _stp_print_here();

	buffer->used = 0;
	buffer->cut = 0;
	buffer->text[0] = '\0';
}

/**
 * _stp_print_buf() - append text to the buffer
 * @fmt: as for printk; a newline in it starts another line of the log
 *
 * When full, the rest is left out and its bytes are counted as lost.
 * Context: any.
 */
static __printf(1, 2) void _stp_print_buf(const char *fmt, ...)
{
	struct _stp_print *buffer = _stp_print_here();
	size_t room = PRINT_BUFFER_LENGTH - buffer->used;
	size_t length;
	va_list args;

	va_start(args, fmt);
	length = vsnprintf(buffer->text + buffer->used, room + 1, fmt, args);
	va_end(args);
	if (length > room) {
		buffer->cut += length - room;
		atomic_long_add(length - room, &_stp_print_lost);
		length = room;
	}
	buffer->used += length;
}

/* How many of the @length bytes at @text go into one line: all up to a newline, or what fits, in whole characters. */
static size_t _stp_print_piece(const char *text, size_t length)
{
	const char *newline = memchr(text, '\n', min_t(size_t, length, _STP_PRINT_LINE + 1));
	size_t piece = _STP_PRINT_LINE;

	if (newline)
		return newline - text;
	if (length <= _STP_PRINT_LINE)
		return length;
	while (piece > _STP_PRINT_LINE - 4 && (text[piece] & 0xc0) == 0x80)
		piece--;
	return piece;
}

/**
 * _stp_print_flush() - send the buffer to the kernel log, as one line or more, and empty it
 *
 * An empty buffer sends nothing.
 * Context: handler.
 */
static void _stp_print_flush(void)
{
	struct _stp_print *buffer = _stp_print_here();
	size_t at = 0;

	if (buffer->cut)
		_stp_string_cut(buffer->text, sizeof(buffer->text));
	while (at < buffer->used) {
		size_t piece = _stp_print_piece(buffer->text + at, buffer->used - at);

		dlog("%.*s", (int)piece, buffer->text + at);
		at += piece;
		if (buffer->text[at] == '\n')
			at++;
	}
	_stp_print_buf_init();
}

static int _stp_print_start(void)
{
	size_t size = STP_LEVELS * sizeof(struct _stp_print);

	_stp_print_handlers = __alloc_percpu_gfp(size, __alignof__(struct _stp_print), GFP_KERNEL | __GFP_NOWARN);
	if (_stp_print_handlers)
		return 0;
	pr_err("no memory for %zu bytes on each CPU\n", size);
	return -ENOMEM;
}

static void _stp_print_report(void)
{
	_stp_lost(atomic_long_read(&_stp_print_lost), "PRINT_BUFFER_LENGTH", PRINT_BUFFER_LENGTH,
		  "bytes of printed text, it was longer than the buffer");
}

static void _stp_print_exit(void)
{
	free_percpu(_stp_print_handlers);
}
