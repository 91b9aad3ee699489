// SPDX-License-Identifier: GPL-2.0
/*
 * A bare kprobe, without the runtime. Another probe on the same function is then added to it, and taken off again, without
 * a change of the kernel's text: QEMU's emulation of several CPUs (7.2, 10.0) does not keep up with text that changes while
 * others run it, and even this module alone, loaded and unloaded while threads call getppid(), crashes its guest.
 */
#include <linux/kprobes.h>

static int look(struct kprobe *p, struct pt_regs *regs)
{
	return 0;
}

static struct kprobe probe = { .symbol_name = "__x64_sys_getppid", .pre_handler = look };

static int probe_begin(void)
{
	return register_kprobe(&probe);
}

static void probe_end(void)
{
	unregister_kprobe(&probe);
}
