// SPDX-License-Identifier: GPL-2.0
/*
 * copy_argv: an argument vector of the current process, as a list.
 *
 * A list that handlers share holds what the last one of them put there: where two CPUs may get here at once, join the
 * arguments into a string of the handler's own instead (_stp_join_argv_from_user()).
 */
static atomic_long_t _stp_argv_left = ATOMIC_LONG_INIT(0);

/**
 * _stp_copy_argv_from_user() - append the arguments after the first to a list
 * @list: a list of STRING; it is not cleared before
 * @argv: address in user space of an array of strings that ends in NULL; the first, the program's own name, is left out
 *
 * Ends before an argument that is not resident. At most COPY_ARGV_MAX are copied; longer vectors are counted. An argument longer
 * than MAP_STRING_LENGTH bytes is cut and counted.
 * Context: handler.
 * Return: the number of elements in @list now.
 */
static int _stp_copy_argv_from_user(MAP list, char __user *__user *argv)
{
	char text[MAP_STRING_LENGTH + 1];
	char __user *arg;
	int i;

	for (i = 0; argv; i++) {
		if (_stp_copy_from_user(&arg, argv + i, sizeof(arg)) || !arg)
			break;
		if (!i)
			continue;
		if (i > COPY_ARGV_MAX) {
			atomic_long_inc(&_stp_argv_left);
			break;
		}
		if (_stp_strncpy_from_user(text, arg, sizeof(text)) < 0)
			break;
		_stp_list_add_str(list, text);
	}
	return _stp_list_size(list);
}

/* Hook report. */
static void _stp_argv_report(void)
{
	_stp_lost(atomic_long_read(&_stp_argv_left), "COPY_ARGV_MAX", COPY_ARGV_MAX,
		  "ends of argument vectors, they had more than %d", COPY_ARGV_MAX);
}
