// SPDX-License-Identifier: GPL-2.0
/* hand_record: a record of name and pid for each hit, in the kernel's ring_buffer. */
#include <linux/ring_buffer.h>

#include "hand.h"

struct record {
	u64 time;
	char comm[TASK_COMM_LEN];
	int pid;
};

static struct trace_buffer *buffer;

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	struct record record = { .time = ktime_get_mono_fast_ns(), .pid = current->pid };

	memcpy(record.comm, current->comm, sizeof(record.comm));
	ring_buffer_write(buffer, sizeof(record), &record);
	return 0;
}

static int begin(void)
{
	buffer = ring_buffer_alloc(256 << 10, 0);
	return buffer ? 0 : -ENOMEM;
}

static void end(void)
{
	pr_info("total %lu\n", ring_buffer_entries(buffer));
	ring_buffer_free(buffer);
}
