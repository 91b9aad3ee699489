// SPDX-License-Identifier: GPL-2.0
/*
 * buffers: records that the reader formats.
 *
 * The handler copies arguments: a number takes 8 bytes, a string 4 for its length and its bytes, up to a multiple of 8. How to print
 * them stands in the module's file, in notes of the section .tapsmith_formats, which the kernel does not load: the note's type is
 * the record's format, its description a letter for each argument, a zero, and the text.
 */

/* The longest string that is copied; what is behind is left out, as with "%.255s". */
#define _STP_RECORD_STRING 255

struct _stp_argument {
	bool text;
	u32 length; /* of a text */
	unsigned long value;
};

/* Letters as Python's struct has them, and s for a string. Numbers of 8 bytes are q and Q, pointers Q. */
#define _STP_RECORD_LETTER(x) \
	_Generic((x), char *: 's', const char *: 's', bool: 'B', char: 'b', signed char: 'b', unsigned char: 'B', short: 'h', \
		 unsigned short: 'H', int: 'i', unsigned int: 'I', long: 'q', long long: 'q', default: 'Q')
#define _STP_RECORD_ARGUMENT(x) { .text = _STP_RECORD_LETTER(x) == 's', .value = (unsigned long)(x) }

#define _STP_EACH_0(do)
#define _STP_EACH_1(do, a) do(a)
#define _STP_EACH_2(do, a, ...) do(a), _STP_EACH_1(do, __VA_ARGS__)
#define _STP_EACH_3(do, a, ...) do(a), _STP_EACH_2(do, __VA_ARGS__)
#define _STP_EACH_4(do, a, ...) do(a), _STP_EACH_3(do, __VA_ARGS__)
#define _STP_EACH_5(do, a, ...) do(a), _STP_EACH_4(do, __VA_ARGS__)
#define _STP_EACH_6(do, a, ...) do(a), _STP_EACH_5(do, __VA_ARGS__)
#define _STP_EACH_7(do, a, ...) do(a), _STP_EACH_6(do, __VA_ARGS__)
#define _STP_EACH_8(do, a, ...) do(a), _STP_EACH_7(do, __VA_ARGS__)
#define _STP_EACH(do, ...) CONCATENATE(_STP_EACH_, COUNT_ARGS(__VA_ARGS__))(do, ##__VA_ARGS__)

#ifdef CONFIG_ARM64
#define _STP_COMMENT "//"
#else
#define _STP_COMMENT "#"
#endif
/* The assembler takes the flags that the compiler writes behind the name for a comment: the section is not to be loaded. */
#define _STP_FORMATS __used __section(".tapsmith_formats,\"\",@note" _STP_COMMENT) __aligned(4)

static __always_inline u32 _stp_record_room(struct _stp_argument *arguments, int count)
{
	u32 room = 0;
	int i;

#pragma GCC unroll 8
	for (i = 0; i < count; i++) {
		if (arguments[i].text)
			arguments[i].length = strnlen((const char *)arguments[i].value, _STP_RECORD_STRING);
		room += arguments[i].text ? ALIGN(4 + arguments[i].length, 8) : 8;
	}
	return room;
}

static __always_inline void _stp_record_fill(char *at, const struct _stp_argument *arguments, int count)
{
	int i;

#pragma GCC unroll 8
	for (i = 0; i < count; i++) {
		if (arguments[i].text) {
			u32 length = arguments[i].length, room = ALIGN(4 + length, 8);

			*(u64 *)(at + room - 8) = 0;
			*(u32 *)at = length;
			memcpy(at + 4, (const char *)arguments[i].value, length);
			at += room;
		} else {
			*(u64 *)at = arguments[i].value;
			at += 8;
		}
	}
}

static __always_inline void _stp_record_send(u16 format, struct _stp_argument *arguments, int count)
{
	u32 room = _stp_record_room(arguments, count);
	struct _stp_ring *ring = _stp_ring_open();
	struct _stp_head *head = _stp_ring_reserve(ring, format, room);

	if (likely(head))
		_stp_record_fill((char *)(head + 1), arguments, count);
	else
		local_inc(&ring->dropped);
	_stp_ring_close(ring);
}

/**
 * _stp_record() - send arguments to the reader, which formats them
 * @fmt: a literal, as for printf: numbers, %c, %s of up to 255 bytes, %p; the kernel's own (%pS) are not to be had
 * @...: up to eight arguments; a string must be the kernel's, and not go away meanwhile
 *
 * Context: any.
 */
#define _stp_record(fmt, ...)                                                                                      \
	do {                                                                                                       \
		enum { _stp_id = __COUNTER__ + 1 };                                                                \
		static const struct {                                                                              \
			u32 owner_length, length, format;                                                          \
			char owner[12];                                                                            \
			char letters[COUNT_ARGS(__VA_ARGS__) + 1];                                                 \
			char text[sizeof(fmt)];                                                                    \
		} _stp_format _STP_FORMATS = {                                                                     \
			sizeof("tapsmith"), COUNT_ARGS(__VA_ARGS__) + 1 + sizeof(fmt), _stp_id, "tapsmith",       \
			{ _STP_EACH(_STP_RECORD_LETTER, ##__VA_ARGS__) }, fmt                                      \
		};                                                                                                 \
		struct _stp_argument _stp_arguments[] = { _STP_EACH(_STP_RECORD_ARGUMENT, ##__VA_ARGS__) };        \
                                                                                                                   \
		BUILD_BUG_ON(_stp_id > U16_MAX);                                                                   \
		no_printk(fmt, ##__VA_ARGS__);                                                                     \
		_stp_record_send(_stp_id, _stp_arguments, ARRAY_SIZE(_stp_arguments));                             \
	} while (0)
