// SPDX-License-Identifier: GPL-2.0
/*
 * buffers: the files /proc/tapsmith-NAME/{records,state,losses}, for root alone.
 *
 * Writers wake nobody: while a file is open, a work item looks every few ticks whether there is something to be woken for.
 */
#include <linux/poll.h>
#include <linux/proc_fs.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#define _STP_PULSE max(HZ / 50, 1)

enum _stp_state { _STP_RUNNING, _STP_UNLOAD, _STP_STOPPING };
static const char *const _stp_states[] = { "running\n", "unload\n", "stopping\n" };

/* The fragment unload's, where the module has it; else always NULL. */
static const char *_stp_unload_reason;

static DECLARE_WAIT_QUEUE_HEAD(_stp_streams_wait);
static bool _stp_streams_stopping;
static atomic_t _stp_streams_open = ATOMIC_INIT(0);
static char *_stp_losses; /* lines; complete before _stp_streams_stopping is set */

static void _stp_pulse(struct work_struct *work);
static DECLARE_DELAYED_WORK(_stp_pulse_work, _stp_pulse);

static enum _stp_state _stp_state_now(void)
{
	if (smp_load_acquire(&_stp_streams_stopping))
		return _STP_STOPPING;
	return READ_ONCE(_stp_unload_reason) ? _STP_UNLOAD : _STP_RUNNING;
}

static void _stp_pulse(struct work_struct *work)
{
	static enum _stp_state before;
	enum _stp_state now = _stp_state_now();

	if (now != before || _stp_rings_hold())
		wake_up_interruptible(&_stp_streams_wait);
	before = now;
	if (atomic_read(&_stp_streams_open))
		queue_delayed_work(system_power_efficient_wq, &_stp_pulse_work, _STP_PULSE);
}

static int _stp_stream_open(struct inode *inode, struct file *file)
{
	if (!_stp_file_may_open())
		return -EPERM;
	file->private_data = NULL;
	atomic_inc(&_stp_streams_open);
	queue_delayed_work(system_power_efficient_wq, &_stp_pulse_work, _STP_PULSE);
	return 0;
}

static int _stp_stream_release(struct inode *inode, struct file *file)
{
	atomic_dec(&_stp_streams_open);
	return 0;
}

static int _stp_records_open(struct inode *inode, struct file *file)
{
	int err;

	if (xchg(&_stp_reader, 1))
		return -EBUSY;
	WRITE_ONCE(_stp_reader_seen, jiffies);
	err = _stp_stream_open(inode, file);
	if (err)
		WRITE_ONCE(_stp_reader, 0);
	return err ?: stream_open(inode, file);
}

static int _stp_records_release(struct inode *inode, struct file *file)
{
	WRITE_ONCE(_stp_reader, 0);
	wake_up_all(&_stp_streams_wait);
	return _stp_stream_release(inode, file);
}

static ssize_t _stp_records_read(struct file *file, char __user *to, size_t room, loff_t *at)
{
	ssize_t copied;
	int err;

	WRITE_ONCE(_stp_reader_seen, jiffies);
	do {
		bool stopping = _stp_state_now() == _STP_STOPPING; /* before looking: nothing comes after it */

		err = mutex_lock_interruptible(&_stp_reader_mutex);
		if (err)
			return err;
		copied = _stp_rings_drain(to, room);
		mutex_unlock(&_stp_reader_mutex);
		if (copied || stopping)
			break;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(_stp_streams_wait, _stp_rings_hold() || _stp_state_now() == _STP_STOPPING);
	} while (!err);
	WRITE_ONCE(_stp_reader_seen, jiffies);
	return err ?: copied;
}

static __poll_t _stp_records_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &_stp_streams_wait, wait);
	return _stp_rings_hold() || _stp_state_now() == _STP_STOPPING ? EPOLLIN | EPOLLRDNORM : 0;
}

static ssize_t _stp_state_read(struct file *file, char __user *to, size_t room, loff_t *at)
{
	enum _stp_state now = _stp_state_now();

	file->private_data = (void *)(long)now;
	return simple_read_from_buffer(to, room, at, _stp_states[now], strlen(_stp_states[now]));
}

/* An open file is taken to have told `running`. */
static __poll_t _stp_state_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &_stp_streams_wait, wait);
	return _stp_state_now() != (long)file->private_data ? EPOLLPRI | EPOLLERR : 0;
}

static ssize_t _stp_losses_read(struct file *file, char __user *to, size_t room, loff_t *at)
{
	const char *lines = _stp_state_now() == _STP_STOPPING && _stp_losses ? _stp_losses : "";

	return simple_read_from_buffer(to, room, at, lines, strlen(lines));
}

static const struct proc_ops _stp_records_ops = {
	.proc_open = _stp_records_open,
	.proc_read = _stp_records_read,
	.proc_poll = _stp_records_poll,
	.proc_release = _stp_records_release,
};

static const struct proc_ops _stp_state_ops = {
	.proc_open = _stp_stream_open,
	.proc_read = _stp_state_read,
	.proc_poll = _stp_state_poll,
	.proc_lseek = default_llseek,
	.proc_release = _stp_stream_release,
};

static const struct proc_ops _stp_losses_ops = {
	.proc_open = _stp_stream_open,
	.proc_read = _stp_losses_read,
	.proc_lseek = default_llseek,
	.proc_release = _stp_stream_release,
};
