// SPDX-License-Identifier: GPL-2.0
/*
 * task: who runs here, by the names and in the numbers of user space.
 *
 * In an interrupt it is the task that was interrupted; numbers are those of the first namespaces. The swapper of a CPU
 * that idles is process 0.
 */
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/smp.h>

/**
 * _stp_pid() - the process
 *
 * Context: any.
 * Return: its number, which all its threads share.
 */
static inline pid_t _stp_pid(void)
{
	return current->tgid;
}

/**
 * _stp_tid() - the thread
 *
 * Context: any.
 * Return: its number; that of the process in its first thread.
 */
static inline pid_t _stp_tid(void)
{
	return current->pid;
}

/**
 * _stp_ppid() - the parent process
 *
 * Context: any.
 * Return: its number.
 */
static inline pid_t _stp_ppid(void)
{
	return task_ppid_nr(current);
}

/**
 * _stp_execname() - the thread's name, at first that of the program
 *
 * Context: any.
 * Return: at most 15 bytes; they change when the thread renames itself, so copy what is to stay.
 */
static inline const char *_stp_execname(void)
{
	return current->comm;
}

/**
 * _stp_uid() - the real user
 *
 * Context: any.
 * Return: its number.
 */
static inline uid_t _stp_uid(void)
{
	return from_kuid(&init_user_ns, current_uid());
}

/**
 * _stp_cpu() - the CPU
 *
 * Context: any, with preemption off, as in a handler.
 * Return: its number.
 */
static inline int _stp_cpu(void)
{
	return raw_smp_processor_id();
}
