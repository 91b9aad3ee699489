// SPDX-License-Identifier: GPL-2.0
#include <linux/kallsyms.h>

static int probe_begin(void)
{
	MAP map = _stp_map_new(1, INT64);

	_stp_map_key2(map, 1, (long)&vsnprintf);
	_stp_map_set(map, (long)&sprint_symbol + 1);
	return _stp_map_print(map, "%1d %2P %P") == 1 ? 0 : -EINVAL;
}

static void probe_end(void)
{
}
