// SPDX-License-Identifier: GPL-2.0
/*
 * readsize: how many bytes processes ask for when they read.
 *
 * Keeps two statistics of the sizes given to vfs_read, by the name of the process: one with a histogram by powers of two, one
 * with a linear histogram of the small sizes, 256 bytes a bar. At unload, for the ten that asked for most:
 *
 *     readsize: cat asked for 262144 bytes in 2 reads of 131072 to 131072
 *     readsize:   128K |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@| 2
 *     readsize: cat, by 256 bytes
 *     readsize: >=4096 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@| 2
 */
static MAP sizes;	/* process name -> statistics of bytes */
static MAP small;	/* the same, in buckets of equal width */

static int read_called(struct kprobe *p, struct pt_regs *regs)
{
	size_t size = _stp_arg(regs, 2);

	_stp_map_key_str(sizes, current->comm);
	_stp_map_stat_add(sizes, size);
	_stp_map_key_str(small, current->comm);
	_stp_map_stat_add(small, size);
	return 0;
}

static struct kprobe probes[] = { { .symbol_name = "vfs_read", .pre_handler = read_called } };

static int probe_begin(void)
{
	int error;

	sizes = _stp_map_new(PROCESSES, STAT);
	small = _stp_map_new(PROCESSES, STAT);
	if (!sizes || !small)
		return -ENOMEM;
	error = _stp_map_linear(small, 0, 4096, 256);
	return error ?: _stp_register_kprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
	_stp_map_sortn(sizes, MOST, SORT_SUM, -1);
	_stp_map_printn(sizes, MOST, "%1s asked for %S bytes in %C reads of %N to %X%H");
	_stp_map_sortn(small, MOST, SORT_SUM, -1);
	_stp_map_printn(small, MOST, "%1s, by 256 bytes%H");
}
