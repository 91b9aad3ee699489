// SPDX-License-Identifier: GPL-2.0
/*
 * on_demand: the file /proc/tapsmith-NAME/table, which is printed at each opening, for root alone.
 *
 * The probe's function prints as always (dlog, print, tables of maps), from snapshots while its handlers go on; its lines become the
 * file's text. It is process code, of which one thing runs at a time: it waits for functions of the fragment periodic, and they for it.
 * Lines of others go where they would without.
 */
#include <linux/mm.h>
#include <linux/sched.h>

static void (*_stp_table_print)(void);
static bool (*_stp_table_next)(struct va_format *text); /* the transport of all other lines, or NULL */
static struct proc_dir_entry *_stp_table_file;

/* Under the lock of periodic functions. */
static bool _stp_table_on; /* between begun and stop */
static struct task_struct *_stp_table_reader;
static char *_stp_table_text;
static size_t _stp_table_used, _stp_table_room;

/**
 * _stp_on_demand() - have a function print whenever somebody opens the file
 * @print: may sleep; it does not stop the module
 *
 * Context: process, in probe_begin() only.
 */
static void _stp_on_demand(void (*print)(void))
{
	_stp_table_print = print;
}

static void _stp_table_drop(void)
{
	kvfree(_stp_table_text);
	_stp_table_text = NULL;
	_stp_table_used = 0;
	_stp_table_room = 0;
}

/* Makes room for a line of @length bytes; without memory, what there is is dropped, and the opening fails. */
static bool _stp_table_grow(size_t length)
{
	size_t room = max(2 * _stp_table_room, _stp_table_used + length + PAGE_SIZE);
	char *text;

	if (_stp_table_used + length < _stp_table_room)
		return true;
	text = kvmalloc(room, GFP_KERNEL | __GFP_NOWARN);
	if (text && _stp_table_used)
		memcpy(text, _stp_table_text, _stp_table_used);
	kvfree(_stp_table_text);
	_stp_table_text = text;
	_stp_table_room = text ? room : 0;
	return text;
}

/* For dlog(): takes the reader's own lines, not those of a handler that interrupts it. */
static bool _stp_table_take(struct va_format *text)
{
	char *line;

	if (READ_ONCE(_stp_table_reader) != current || _stp_level_now())
		return _stp_table_next && _stp_table_next(text);
	line = kasprintf(GFP_KERNEL | __GFP_NOWARN, "%pV\n", text);
	if (line && _stp_table_room && _stp_table_grow(strlen(line))) {
		memcpy(_stp_table_text + _stp_table_used, line, strlen(line));
		_stp_table_used += strlen(line);
	} else {
		_stp_table_drop();
	}
	kfree(line);
	return true;
}

struct _stp_table {
	size_t length;
	char *text;
};

static int _stp_table_make(struct _stp_table *table)
{
	if (!_stp_table_on || !_stp_table_print)
		return -ENODATA;
	if (!_stp_table_grow(0))
		return -ENOMEM;
	WRITE_ONCE(_stp_table_reader, current);
	_stp_table_print();
	WRITE_ONCE(_stp_table_reader, NULL);
	if (!_stp_table_room)
		return -ENOMEM;
	table->text = _stp_table_text;
	table->length = _stp_table_used;
	_stp_table_text = NULL;
	_stp_table_drop();
	return 0;
}

static int _stp_table_open(struct inode *inode, struct file *file)
{
	struct _stp_table *table;
	int err;

	if (!_stp_file_may_open())
		return -EPERM;
	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	_stp_periodic_lock();
	err = _stp_table_make(table);
	_stp_periodic_unlock();
	if (err)
		kfree(table);
	file->private_data = table;
	return err;
}

static ssize_t _stp_table_read(struct file *file, char __user *to, size_t room, loff_t *at)
{
	const struct _stp_table *table = file->private_data;

	return simple_read_from_buffer(to, room, at, table->text, table->length);
}

static int _stp_table_release(struct inode *inode, struct file *file)
{
	struct _stp_table *table = file->private_data;

	kvfree(table->text);
	kfree(table);
	return 0;
}

static const struct proc_ops _stp_table_ops = {
	.proc_open = _stp_table_open,
	.proc_read = _stp_table_read,
	.proc_lseek = default_llseek,
	.proc_release = _stp_table_release,
};

/* Hook init. */
static int _stp_table_init(void)
{
	_stp_table_file = _stp_file_add("table", &_stp_table_ops);
	if (!_stp_table_file)
		return -ENOMEM;
	_stp_table_next = _stp_line_taker;
	_stp_line_taker = _stp_table_take;
	return 0;
}

static void _stp_table_set(bool on)
{
	_stp_periodic_lock();
	_stp_table_on = on;
	_stp_periodic_unlock();
}

/* Hook begun. */
static void _stp_table_begun(void)
{
	_stp_table_set(true);
}

/* Hook stop: who is printing is waited for. */
static void _stp_table_stop(void)
{
	_stp_table_set(false);
}

/* Hook exit. */
static void _stp_table_exit(void)
{
	proc_remove(_stp_table_file);
	_stp_table_drop();
}
