static int probe_begin(void)
{
	return 0;
}

static void probe_end(void)
{
}
