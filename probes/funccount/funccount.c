// SPDX-License-Identifier: GPL-2.0
/*
 * funccount: how often functions of the kernel are called. See README.md.
 */
#define MOST_FUNCTIONS 64

static char *functions[MOST_FUNCTIONS];
static int given;
module_param_array(functions, charp, &given, 0444);
MODULE_PARM_DESC(functions, "functions to count, with commas between, at most " __stringify(MOST_FUNCTIONS));

static struct kprobe probes[MOST_FUNCTIONS];
static PMAP counts;		/* which of the functions -> calls */

static int called(struct kprobe *p, struct pt_regs *regs)
{
	if (!_stp_is_target())
		return 0;
	_stp_map_key_long(counts, p - probes);
	_stp_map_add_int64(counts, 1);
	return 0;
}

static int probe_begin(void)
{
	int i;

	if (!given) {
		pr_err("which functions? insmod funccount.ko functions=<function>,<function>\n");
		return -EINVAL;
	}
	counts = _stp_pmap_new(given, INT64);
	if (!counts)
		return -ENOMEM;
	for (i = 0; i < given; i++)
		probes[i] = (struct kprobe) { .symbol_name = functions[i], .pre_handler = called };
	return _stp_register_kprobes(probes, given);
}

static void probe_end(void)
{
	MAP all = _stp_map_snapshot(counts);
	int i;

	dlog("%-36s %8s", "FUNC", "COUNT");
	for (i = 0; all && i < given; i++) {
		_stp_map_key_long(all, i);
		dlog("%-36s %8lld", functions[i], _stp_map_get_int64(all));
	}
	_stp_map_del(all);
}
