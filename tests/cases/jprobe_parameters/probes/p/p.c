static void six(int a, long b, void (*c)(int, int), struct file *d, double *e, u64 f[2])
{
}

static void seven(int a, int b, int c, int d, int e,
		  int f /* the last */, int g, int h)
{
}

static int by_value(struct file *file, const struct path path, double d, float f[2])
{
	return 0;
}

static void any_number(const char *fmt, ...)
{
}

static void nothing(void)
{
}

/* No handler of a jprobe. */
static void other(int a, int b, int c, int d, int e, int f, int g)
{
}

static struct jprobe probes[] = {
	{ .kp.symbol_name = "a", .entry = JPROBE_ENTRY(six) },
	{ .kp.symbol_name = "b", .entry = JPROBE_ENTRY(seven) },
	{ .kp.symbol_name = "c", .entry = (kprobe_opcode_t *)by_value },
	{ .kp.symbol_name = "d", .entry = nothing },
	{ .kp.symbol_name = "e", .entry = (kprobe_opcode_t *) &any_number },
};

static int probe_begin(void)
{
	return 0;
}

static void probe_end(void)
{
	other(1, 2, 3, 4, 5, 6, 7);
}
