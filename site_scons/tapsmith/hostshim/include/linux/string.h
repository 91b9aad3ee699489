// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_STRING_H
#define LINUX_STRING_H

#include <linux/errno.h>
#include <linux/types.h>

/* The C library's, so that the sanitizers know what they touch. */
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *from, int byte, size_t size);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t size);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);
int strcasecmp(const char *a, const char *b);
char *strcpy(char *to, const char *from);
char *strncpy(char *to, const char *from, size_t size);
char *strcat(char *to, const char *from);
char *strchr(const char *text, int byte);
char *strrchr(const char *text, int byte);
char *strstr(const char *text, const char *part);
size_t strspn(const char *text, const char *set);
size_t strcspn(const char *text, const char *set);
char *strpbrk(const char *text, const char *set);
char *strsep(char **text, const char *set);

/* The first byte that is not @byte, or NULL. */
static inline void *memchr_inv(const void *from, int byte, size_t size)
{
	const u8 *at = from;

	for (; size; size--, at++)
		if (*at != (u8)byte)
			return (void *)at;
	return NULL;
}

static inline ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t length = strnlen(from, size);

	if (!size)
		return -E2BIG;
	if (length < size) {
		memcpy(to, from, length + 1);
		return length;
	}
	memcpy(to, from, size - 1);
	to[size - 1] = '\0';
	return -E2BIG;
}

static inline char *strchrnul(const char *text, int byte)
{
	return strchr(text, byte) ?: (char *)text + strlen(text);
}

#endif
