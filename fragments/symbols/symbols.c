// SPDX-License-Identifier: GPL-2.0
/*
 * symbols: addresses as names.
 *
 * A lookup searches all of the kernel's symbols: microseconds for the kernel's, more for a module's. So keep addresses in a
 * handler and print names at the probe's end. It takes no lock (kallsyms is never changed, the list of modules is read
 * under RCU), hence it may be called in a handler where the cost does not matter; it takes KSYM_SYMBOL_LEN bytes of stack.
 */
#include <linux/kallsyms.h>

/**
 * _stp_print_symbol() - print an address as `symbol+0xoffset/0xsize [module]` into the print buffer
 * @fmt: text with one "%s" where the symbol is to stand; text without prints the symbol after it; NULL: nothing but the symbol
 * @address: an address in the kernel or a module; one that is not known prints as a number
 *
 * Context: handler; better at the probe's end.
 */
static void _stp_print_symbol(const char *fmt, unsigned long address)
{
	const char *before = fmt ?: "";
	const char *hole = strstr(before, "%s");
	int length = hole ? hole - before : strlen(before);
	char symbol[KSYM_SYMBOL_LEN];

	sprint_symbol(symbol, address);
	_stp_print_buf("%.*s%s%s", length, before, symbol, hole ? hole + 2 : "");
}

/**
 * _stp_print_stack() - print addresses as symbols, each as a line of its own, indented
 * @entries: the addresses, as _stp_stack() gave them
 * @n: how many
 *
 * Context: handler; better at the probe's end.
 */
static void _stp_print_stack(const unsigned long *entries, unsigned int n)
{
	while (n--) {
		_stp_print_symbol("    %s", *entries++);
		_stp_print_flush();
	}
}
