static int probe_begin(void)
{
	return 0;
}

static void probe_end(void)
{
}
module_init(probe_begin);
module_exit(probe_end);
MODULE_LICENSE("GPL");
MODULE_PARM_DESC(x, "stays allowed");
