// SPDX-License-Identifier: GPL-2.0
/* What it logs is in expected.txt. */

static int probe_begin(void)
{
	int i;

	_stp_print_flush(); /* empty: nothing */
	_stp_print_buf_init();
	_stp_print_buf("forgotten");
	_stp_print_buf_init();
	_stp_print_buf("%s", "one");
	_stp_print_buf(" line of %d pieces", 2);
	_stp_print_flush();
	_stp_print_flush();
	_stp_print_buf("two\nlines\n");
	_stp_print_flush();

	/* 1 + 220 * 9 = 1981 bytes, no newline: 900, 900 and 181 */
	_stp_print_buf(":");
	for (i = 0; i < 220; i++)
		_stp_print_buf("%08d.", i);
	_stp_print_flush();

	/* An umlaut of two bytes lies over the boundary of 900, and goes into the next line whole. */
	_stp_print_buf("%0899d\xc3\xa4 after\n%0900d\nend", 1, 2);
	_stp_print_flush();

	/* 6 bytes more than fit. */
	_stp_print_buf("%02006d", 3);
	_stp_print_flush();
	_stp_print_buf("fits again");
	_stp_print_flush();

	dlog("%s %d", "logged at once", 1);
	dbug("logged, as DBUG is %s", "true");
	CHECK(1);
	return 0;
}

static void probe_end(void)
{
}
