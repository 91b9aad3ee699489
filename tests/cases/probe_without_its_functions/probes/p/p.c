static int probe_begin(void);
/* static void probe_end(void) {} */
