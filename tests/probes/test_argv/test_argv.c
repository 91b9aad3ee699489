// SPDX-License-Identifier: GPL-2.0
/* What a handler sees of the arguments of execve; they are listed at the end. */
static MAP names, arguments, sizes;

static int execve_called(struct kprobe *p, struct pt_regs *regs)
{
	char name[32];

	if (strcmp(current->comm, "workload"))
		return 0;
	if (_stp_strncpy_from_user(name, (const char __user *)_stp_syscall_arg(regs, 0), sizeof(name)) < 0) {
		_stp_list_add(names, "unreadable");
		return 0;
	}
	_stp_list_add(names, name);
	_stp_list_add(sizes, _stp_copy_argv_from_user(arguments, (char __user *__user *)_stp_syscall_arg(regs, 1)));
	return 0;
}

static struct kprobe probes[] = {
	{ .symbol_name = _stp_syscall("execve"), .pre_handler = execve_called },
};

static int probe_begin(void)
{
	names = _stp_list_new(10, STRING);
	arguments = _stp_list_new(20, STRING);
	sizes = _stp_list_new(10, INT64);
	if (!names || !arguments || !sizes)
		return -ENOMEM;
	return _stp_register_kprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
	struct map_node_str *string;
	struct map_node_int64 *number;

	foreach (names, string)
		dlog("name %lld is <%s>", key1int(string), string->str);
	foreach (sizes, number)
		dlog("size %lld", number->val);
	foreach (arguments, string)
		dlog("argument <%s>", string->str);
}
