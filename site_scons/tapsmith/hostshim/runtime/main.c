// SPDX-License-Identifier: GPL-2.0
/* A module's life in a process: parameters (as insmod has them, name=value), init, exit. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

enum { FAILED = 1, MISTAKEN = 2 };

extern const struct host_parameter __start_host_parameters[] __attribute__((weak));
extern const struct host_parameter __stop_host_parameters[] __attribute__((weak));

static const struct {
	const char *type;
	int is_signed;
} numbers[] = {
	{ "byte", 0 }, { "short", 1 }, { "ushort", 0 }, { "int", 1 },	 { "uint", 0 },
	{ "long", 1 }, { "ulong", 0 }, { "ullong", 0 }, { "hexint", 0 },
};

static int set_number(const struct host_parameter *parameter, const char *text, int is_signed)
{
	unsigned long long number;
	int shift = 64 - 8 * parameter->size;
	char *end;

	errno = 0;
	number = is_signed ? (unsigned long long)strtoll(text, &end, 0) : strtoull(text, &end, 0);
	if (errno || end == text || *end)
		return -EINVAL;
	if (is_signed ? (long long)(number << shift) >> shift != (long long)number : number << shift >> shift != number)
		return -ERANGE;
	memcpy(parameter->value, &number, parameter->size); /* little endian */
	return 0;
}

static int call_back(const struct kernel_param *param, const char *text)
{
	return param->ops->set ? param->ops->set(text, param) : -EPERM;
}

static int set_parameter(const struct host_parameter *parameter, const char *text)
{
	size_t i;

	if (!strcmp(parameter->type, "callback"))
		return call_back(parameter->value, text);
	if (!strcmp(parameter->type, "bool")) {
		if (*text && !strchr("yY1nN0", *text))
			return -EINVAL;
		*(_Bool *)parameter->value = !*text || strchr("yY1", *text);
		return 0;
	}
	if (!strcmp(parameter->type, "charp")) {
		*(const char **)parameter->value = text;
		return 0;
	}
	if (!strcmp(parameter->type, "string")) {
		if (strlen(text) >= parameter->size)
			return -ENOSPC;
		strcpy(parameter->value, text);
		return 0;
	}
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(parameter->type, numbers[i].type))
			return set_number(parameter, text, numbers[i].is_signed);
	host_bug("a parameter of unknown type", parameter->type, 0);
}

/* Takes one name=value; 0 or why not, after a message. */
static int take_argument(const char *argument)
{
	size_t length = strcspn(argument, "=");
	const struct host_parameter *parameter;
	int err = -ENOENT;

	for (parameter = __start_host_parameters; parameter < __stop_host_parameters; parameter++)
		if (strlen(parameter->name) == length && !strncmp(parameter->name, argument, length))
			err = set_parameter(parameter, argument + length + (argument[length] == '='));
	if (err == -ENOENT) {
		fprintf(stderr, "host: there is no parameter `%.*s`; there are:", (int)length, argument);
		for (parameter = __start_host_parameters; parameter < __stop_host_parameters; parameter++)
			fprintf(stderr, " %s", parameter->name);
		fprintf(stderr, "\n");
	} else if (err) {
		fprintf(stderr, "host: %s: %s\n", argument, strerror(-err));
	}
	return err;
}

int main(int argc, char **argv)
{
	static struct mm_struct memory;
	static struct task_struct task = { .comm = "host", .mm = &memory, .awake = 1 };
	int i, err;

	memory.arg_start = (unsigned long)argv[0];
	memory.arg_end = (unsigned long)strchr(argv[argc - 1], '\0') + 1;
	percpu_begin();
	thread_begin(&task);
	for (i = 1; i < argc; i++)
		if (take_argument(argv[i]))
			return MISTAKEN;
	err = host_module_init();
	if (err)
		fprintf(stderr, "host: the module's init failed: %s\n", strerror(-err));
	else
		host_module_exit();
	return percpu_left() || err ? FAILED : 0;
}
