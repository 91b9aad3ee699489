// SPDX-License-Identifier: GPL-2.0
/* The workload tells what it is by a system call that the kernel refuses: its numbers, or its functions. */
enum { NUMBERS = 0x7357, FUNCTIONS, NO_FRAMES };

#define FUNCTION_BYTES 128	/* more than any function of the workload has */

static unsigned long arg(struct pt_regs *regs, int n)
{
	return _stp_syscall_arg(regs, n);
}

static void check_numbers(struct pt_regs *regs)
{
	CHECK(_stp_pid() == arg(regs, 1));
	CHECK(_stp_tid() == arg(regs, 2));
	CHECK(_stp_pid() != _stp_tid());
	CHECK(_stp_ppid() == arg(regs, 3));
	CHECK(_stp_uid() == arg(regs, 4));
	CHECK_STR(_stp_execname(), "renamed");
	CHECK(_stp_cpu() == smp_processor_id());
}

/* What the parameters would set. */
static void check_target(void)
{
	CHECK(_stp_is_target());
	_stp_target_pid = _stp_pid();
	_stp_target_uid = _stp_uid();
	_stp_target_comm = "renamed";
	CHECK(_stp_is_target());
	_stp_target_comm = "rename";
	CHECK(!_stp_is_target());
	_stp_target_comm = NULL;
	_stp_target_uid++;
	CHECK(!_stp_is_target());
	_stp_target_uid = -1;
	_stp_target_pid = 1;
	CHECK(!_stp_is_target());
	_stp_target_pid = 0;
}

/* Its functions, the innermost first. */
static void check_functions(struct pt_regs *regs)
{
	unsigned long entries[4];
	int i;

	CHECK(_stp_user_stack(entries, 0) == 0);
	CHECK(_stp_user_stack(entries, ARRAY_SIZE(entries)) == ARRAY_SIZE(entries));
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		CHECK(entries[i] - arg(regs, i + 1) < FUNCTION_BYTES);
}

static void check_no_frames(struct pt_regs *regs)
{
	unsigned long entries[4];

	CHECK(_stp_user_stack(entries, ARRAY_SIZE(entries)) == 1);
	CHECK(entries[0] - arg(regs, 1) < FUNCTION_BYTES);
}

static int on_prctl(struct kprobe *p, struct pt_regs *regs)
{
	switch (arg(regs, 0)) {
	case NUMBERS:
		check_numbers(regs);
		check_target();
		break;
	case FUNCTIONS:
		check_functions(regs);
		break;
	case NO_FRAMES:
		check_no_frames(regs);
		break;
	}
	return 0;
}

static struct kprobe probes[] = {
	{ .symbol_name = _stp_syscall("prctl"), .pre_handler = on_prctl },
};

static int probe_begin(void)
{
	return _stp_register_kprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
}
