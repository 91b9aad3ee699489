static int maps_init(void)
{
	return 0;
}
