// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_TYPES_H
#define LINUX_TYPES_H

#include <linux/compiler.h>

typedef signed char s8;
typedef unsigned char u8;
typedef short s16;
typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;
typedef s8 int8_t, __s8;
typedef u8 uint8_t, __u8;
typedef s16 int16_t, __s16;
typedef u16 uint16_t, __u16;
typedef s32 int32_t, __s32;
typedef u32 uint32_t, __u32;
typedef s64 int64_t, __s64;
typedef u64 uint64_t, __u64;
typedef unsigned long size_t, ulong, uintptr_t;
typedef long ssize_t, ptrdiff_t;
typedef unsigned int uint, gfp_t, umode_t;
typedef long long loff_t;
typedef int pid_t;
typedef _Bool bool;
enum { false, true };

#define NULL ((void *)0)
#define offsetof(type, member) __builtin_offsetof(type, member)
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define offsetofend(type, member) (offsetof(type, member) + sizeof_field(type, member))
#define BITS_PER_LONG 64

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

typedef struct {
	long counter;
} atomic_long_t;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#endif
