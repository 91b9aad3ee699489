// SPDX-License-Identifier: GPL-2.0
/*
 * kprobes, first part: which function a struct kprobe asks for.
 *
 * The kernel wants a name in .symbol_name or an address in .addr. Runtime 0.1 wrote the name into .addr, as in
 * `.addr = (kprobe_opcode_t *)"vfs_read"`; that is taken here, too.
 */
#include <linux/ctype.h>
#include <linux/kprobes.h>
#include <linux/uaccess.h>

/*
 * A name is two or more of letters, digits, '_', '.', ':' and '$', then a NUL. That code should read so is next to impossible,
 * and an address that one means to probe is code. The bytes are read without faulting, for .addr may be anything.
 */
static bool _stp_is_name(const void *addr)
{
	char c;
	int i;

	for (i = 0; i < KSYM_NAME_LEN; i++) {
		if (copy_from_kernel_nofault(&c, addr + i, 1))
			return false;
		if (!c)
			return i > 1;
		if (!isascii(c) || !(isalnum(c) || strchr("_.:$", c)))
			return false;
	}
	return false;
}

/* Move a name that stands in .addr to where the kernel looks for it. */
static void _stp_take_name(struct kprobe *user)
{
	if (user->symbol_name || !user->addr || !_stp_is_name(user->addr))
		return;
	user->symbol_name = (const char *)user->addr;
	user->addr = NULL;
}

/* Why register_kprobe() said no, in words. */
static const char *_stp_why_not(int error)
{
	switch (error) {
	case -ENOENT:
		return "no such function in this kernel or its modules";
	case -EINVAL:
		return "it may not be probed (blacklisted by the kernel, a return's probe not at the entry, or no name and no address given)";
	case -EILSEQ:
		return "not the start of an instruction";
	case -EBUSY:
		return "the kernel itself patches that place";
	case -E2BIG:
		return "more data for each call than the kernel has room for";
	case -ENOMEM:
		return "out of memory";
	default:
		return "the kernel refused";
	}
}

/* Say so; @part is what of the function was to be probed, as in "the return of ". */
static void _stp_refused(const struct kprobe *user, const char *part, int error)
{
	if (user->symbol_name)
		pr_err("cannot probe %s%s: %s (%d)\n", part, user->symbol_name, _stp_why_not(error), error);
	else
		pr_err("cannot probe %saddress %px: %s (%d)\n", part, user->addr, _stp_why_not(error), error);
}

/* Of a probe that is registered no more: the address came from its name. */
static void _stp_forget_address(struct kprobe *user)
{
	if (user->symbol_name)
		user->addr = NULL;
}

static const char *_stp_probed_name(const struct kprobe *user)
{
	return user->symbol_name ?: "a probe without a name";
}
