// SPDX-License-Identifier: GPL-2.0
/*
 * buffers: from load to unload, and what was lost.
 *
 * At the end, after all reports, the state becomes `stopping`: all is written. A reader takes what is left, gets the end of the file, and
 * closes; the module waits for that as long as the reader does something, and for one that does nothing as long as it has patience.
 */
#include <linux/log2.h>

static struct proc_dir_entry *_stp_stream_files[3];

/* Adds a line to the file of losses; without memory, or a reader, the log tells it. */
static bool _stp_loss_add(int cpu, long lost, struct va_format *what, const char *macro, long now)
{
	char where[16] = "-", value[24] = "-", *lines;

	if (!READ_ONCE(_stp_reader))
		return false;
	if (cpu >= 0)
		snprintf(where, sizeof(where), "%d", cpu);
	if (macro)
		snprintf(value, sizeof(value), "%ld", now);
	lines = kasprintf(GFP_KERNEL, "%s%s\t%ld\t%pV\t%s\t%s\n", _stp_losses ?: "", where, lost, what, macro ?: "-", value);
	if (!lines)
		return false;
	kfree(_stp_losses);
	_stp_losses = lines;
	return true;
}

static bool _stp_loss_take(long lost, struct va_format *what, const char *macro, long now)
{
	return _stp_loss_add(-1, lost, what, macro, now);
}

static __printf(4, 5) bool _stp_loss_of_cpu(int cpu, long lost, long now, const char *fmt, ...)
{
	struct va_format what = { .fmt = fmt };
	va_list args;
	bool told;

	va_start(args, fmt);
	what.va = &args;
	told = _stp_loss_add(cpu, lost, &what, "TRANSPORT_BUFFER", now);
	va_end(args);
	return told;
}

/* Hook report. */
static void _stp_buffers_report(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		long lost = local_read(&per_cpu_ptr(&_stp_rings, cpu)->dropped);

		if (lost && !_stp_loss_of_cpu(cpu, lost, TRANSPORT_BUFFER, "records, the buffer was full"))
			_stp_lost(lost, "TRANSPORT_BUFFER", TRANSPORT_BUFFER, "records of CPU %d, the buffer was full", cpu);
	}
	_stp_lost(atomic_long_read(&_stp_lines_cut), NULL, 0, "bytes of lines longer than %d", _STP_LINE - 1);
}

static void _stp_buffers_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu_ptr(&_stp_rings, cpu)->data)
			_stp_vfree(per_cpu_ptr(&_stp_rings, cpu)->data);
	kfree(_stp_losses);
}

static void _stp_stream_files_remove(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(_stp_stream_files); i++)
		proc_remove(_stp_stream_files[i]); /* waits for who is reading, and closes */
}

static bool _stp_stream_files_add(void)
{
	_stp_stream_files[0] = _stp_file_add("records", &_stp_records_ops);
	_stp_stream_files[1] = _stp_file_add("state", &_stp_state_ops);
	_stp_stream_files[2] = _stp_file_add("losses", &_stp_losses_ops);
	return _stp_stream_files[0] && _stp_stream_files[1] && _stp_stream_files[2];
}

/* Hook init. */
static int _stp_buffers_init(void)
{
	int cpu;

	_stp_ring_size = roundup_pow_of_two(TRANSPORT_BUFFER * 1024UL);
	for_each_possible_cpu(cpu) {
		char *data = _stp_valloc(_stp_ring_size);

		if (!data)
			goto fail;
		per_cpu_ptr(&_stp_rings, cpu)->data = data;
	}
	if (!_stp_stream_files_add())
		goto fail;
	_stp_line_taker = _stp_line_take;
	_stp_loss_taker = _stp_loss_take;
	return 0;

fail:
	_stp_stream_files_remove();
	_stp_buffers_free();
	return -ENOMEM;
}

/* Hook exit. */
static void _stp_buffers_exit(void)
{
	long unread;

	if (!READ_ONCE(_stp_reader_stuck))
		WRITE_ONCE(_stp_reader_seen, jiffies);
	smp_store_release(&_stp_streams_stopping, true);
	wake_up_all(&_stp_streams_wait);
	while (_stp_reader_lives())
		wait_event_timeout(_stp_streams_wait, !READ_ONCE(_stp_reader), HZ);
	_stp_stream_files_remove();
	cancel_delayed_work_sync(&_stp_pulse_work);
	WRITE_ONCE(_stp_reader, 0);
	unread = _stp_rings_unread();
	_stp_lost(unread, NULL, 0, "records, nobody read them");
	_stp_buffers_free();
}
