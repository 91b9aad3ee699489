// SPDX-License-Identifier: GPL-2.0
/* hand_text: a line of text for each hit, in a relay channel, which masks interrupts and is none for an NMI. */
#include <linux/debugfs.h>
#include <linux/relay.h>

#include "hand.h"

static struct rchan *channel;
static DEFINE_PER_CPU(unsigned long, lines);

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	char text[64];
	int length = scnprintf(text, sizeof(text), "%s %d\n", current->comm, current->pid);

	relay_write(channel, text, length);
	raw_cpu_inc(lines);
	return 0;
}

static struct dentry *make_file(const char *name, struct dentry *parent, umode_t mode, struct rchan_buf *buf, int *global)
{
	return debugfs_create_file(name, mode, parent, buf, &relay_file_operations);
}

static int remove_file(struct dentry *dentry)
{
	debugfs_remove(dentry);
	return 0;
}

static const struct rchan_callbacks callbacks = { .create_buf_file = make_file, .remove_buf_file = remove_file };

static int begin(void)
{
	channel = relay_open("hand_text", NULL, 64 << 10, 4, &callbacks, NULL);
	return channel ? 0 : -ENOMEM;
}

static void end(void)
{
	unsigned long total = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		total += per_cpu(lines, cpu);
	pr_info("total %lu\n", total);
	relay_close(channel);
}
