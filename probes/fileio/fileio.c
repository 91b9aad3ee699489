// SPDX-License-Identifier: GPL-2.0
/*
 * fileio: how much each program opens, reads and writes.
 *
 * Counts all ways to open, and keeps statistics of read and write, by the name of the process. Bytes are those asked for,
 * not those that came; calls that fail count as well. At unload:
 *
 *     fileio: opens: workload 7
 *     fileio: reads: workload: count 5, sum 500, min 100, max 100, average 100
 *     fileio:     64 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@| 5
 *
 * and the same for writes. A bar stands at the least value of its bucket.
 */
static MAP opens;		/* process name -> count */
static MAP reads, writes;	/* process name -> statistics of bytes */

static int open_called(struct kprobe *p, struct pt_regs *regs)
{
	_stp_map_key_str(opens, current->comm);
	_stp_map_add_int64(opens, 1);
	return 0;
}

static int read_called(struct kprobe *p, struct pt_regs *regs)
{
	_stp_map_key_str(reads, current->comm);
	_stp_map_stat_add(reads, _stp_syscall_arg(regs, 2));
	return 0;
}

static int write_called(struct kprobe *p, struct pt_regs *regs)
{
	_stp_map_key_str(writes, current->comm);
	_stp_map_stat_add(writes, _stp_syscall_arg(regs, 2));
	return 0;
}

static struct kprobe probes[] = {
	{ .symbol_name = "sys_open", .pre_handler = open_called },
	{ .symbol_name = "sys_read", .pre_handler = read_called },
	{ .symbol_name = "sys_write", .pre_handler = write_called },
};

static int probe_begin(void)
{
	opens = _stp_map_new(PROCESSES, INT64);
	reads = _stp_map_new(PROCESSES, STAT);
	writes = _stp_map_new(PROCESSES, STAT);
	if (!opens || !reads || !writes)
		return -ENOMEM;
	return _stp_register_kprobes(probes, ARRAY_SIZE(probes));
}

static void tell(const char *what, MAP map)
{
	struct map_node_stat *program;
	char name[32];

	foreach (map, program) {
		scnprintf(name, sizeof(name), "%s: %s", what, key1str(program));
		_stp_stat_print(name, &program->stats);
	}
}

static void probe_end(void)
{
	struct map_node_int64 *program;

	foreach (opens, program)
		dlog("opens: %s %lld", key1str(program), program->val);
	tell("reads", reads);
	tell("writes", writes);
}
