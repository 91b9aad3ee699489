// SPDX-License-Identifier: GPL-2.0
/*
 * A function of this module is called by three others, which differ so that the compiler leaves them three. A kprobe and a
 * jprobe on it ask for the stack.
 */
#include <linux/kallsyms.h>

#define DEPTH 32

static unsigned long seen[DEPTH], ids[8];
static unsigned int depth, calls;

static noinline __noclone void test_stack_inner(int number)
{
	barrier();
}

static noinline __noclone void test_stack_one(int number)
{
	test_stack_inner(number);
	barrier();
}

static noinline __noclone void test_stack_two(int number)
{
	test_stack_inner(number + 1);
	barrier();
}

static noinline __noclone void test_stack_three(int number)
{
	test_stack_inner(number + 2);
	barrier();
}

static int by_kprobe(struct kprobe *p, struct pt_regs *regs)
{
	depth = _stp_stack(seen, DEPTH, regs);
	ids[calls++] = _stp_stack_id(regs);
	return 0;
}

static void by_jprobe(int number)
{
	depth = number ? _stp_stack(seen, number, NULL) : 0;
	jprobe_return();
}

static struct kprobe kprobes[] = {
	{ .symbol_name = "test_stack_inner", .pre_handler = by_kprobe },
};

static struct jprobe jprobes[] = {
	{ .kp.symbol_name = "test_stack_inner", .entry = JPROBE_ENTRY(by_jprobe) },
};

/* The function that an address is in; a return address may be the first after it. */
static void check_in(unsigned long address, int offset, const char *function)
{
	char name[KSYM_SYMBOL_LEN];

	sprint_symbol_no_offset(name, address - offset);
	name[strcspn(name, " ")] = '\0';
	if (!CHECK_STR(name, function))
		pr_err("%pS is not in %s\n", (void *)address, function);
}

static void check_stack(const char *caller)
{
	CHECK(depth > 4);
	check_in(seen[0], 0, "test_stack_inner");
	check_in(seen[1], 1, caller);
	check_in(seen[2], 1, "tapsmith_init");
	check_in(seen[3], 1, "do_one_initcall");
}

/* Past the instructions that ftrace patches, where the kernel puts a breakpoint. */
static int check_breakpoint(void *entry)
{
	static struct kprobe within[] = { { .pre_handler = by_kprobe } };
	void *address = entry + (IS_ENABLED(CONFIG_X86_64) ? 5 : 8);
	int ret;

	within[0].addr = address;
	ret = _stp_register_kprobes(within, ARRAY_SIZE(within));
	if (ret)
		return ret;
	test_stack_one(0);
	check_stack("test_stack_one");
	CHECK(seen[0] == (unsigned long)address);
	_stp_unregister_kprobes(within, ARRAY_SIZE(within));
	return 0;
}

static void check_ids(void)
{
	const unsigned long *entries = NULL;
	int i;

	test_stack_two(0);
	check_stack("test_stack_two");
	for (i = 0; i < 2; i++)
		test_stack_one(0);
	test_stack_three(0);
	check_stack("test_stack_three");
	CHECK(calls == 5);
	CHECK(ids[0] && ids[1] && ids[0] != ids[1]);
	CHECK(ids[2] == ids[3]);
	CHECK(!ids[4]);
	CHECK(_stp_stack_of(ids[1], &entries) == 2);
	if (entries)
		check_in(entries[1], 1, "test_stack_two");
	CHECK(!_stp_stack_of(0, &entries));
	CHECK(!_stp_stack_of(1000, &entries));
}

static int probe_begin(void)
{
	int ret = _stp_register_kprobes(kprobes, ARRAY_SIZE(kprobes));
	void *entry = kprobes[0].addr;

	if (ret)
		return ret;
	test_stack_one(0);
	check_stack("test_stack_one");
	CHECK(seen[0] == (unsigned long)entry);
	check_ids();
	_stp_unregister_kprobes(kprobes, ARRAY_SIZE(kprobes));
	ret = check_breakpoint(entry);
	if (ret)
		return ret;
	ret = _stp_register_jprobes(jprobes, ARRAY_SIZE(jprobes));
	if (ret)
		return ret;
	test_stack_one(DEPTH);
	check_stack("test_stack_one");
	test_stack_one(2);
	CHECK(depth == 2);

	/* Process code has no probe: what called the module comes first. */
	depth = _stp_stack(seen, DEPTH, NULL);
	CHECK(depth > 1);
	check_in(seen[0], 1, "do_one_initcall");
	return 0;
}

static void probe_end(void)
{
}
