// SPDX-License-Identifier: GPL-2.0
/*
 * target: which processes a probe is to look at, chosen at load by the parameters pid, comm and uid.
 *
 *     insmod opensnoop.ko comm=nginx uid=33
 *
 * Those that are given must all fit; with none of them every process does. In an interrupt the process is the one that was
 * interrupted.
 */
#include <linux/cred.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/string.h>

static int _stp_target_pid;
module_param_named(pid, _stp_target_pid, int, 0444);
MODULE_PARM_DESC(pid, "look at this process only");

static char *_stp_target_comm;
module_param_named(comm, _stp_target_comm, charp, 0444);
MODULE_PARM_DESC(comm, "look at threads of this name only; its first 15 bytes count");

static int _stp_target_uid = -1;
module_param_named(uid, _stp_target_uid, int, 0444);
MODULE_PARM_DESC(uid, "look at processes of this real user only");

/**
 * _stp_is_target() - whether the process that runs here is to be looked at
 *
 * Context: any.
 * Return: true if it fits all the parameters that were given.
 */
static bool _stp_is_target(void)
{
	if (_stp_target_pid && current->tgid != _stp_target_pid)
		return false;
	if (_stp_target_uid >= 0 && from_kuid(&init_user_ns, current_uid()) != _stp_target_uid)
		return false;
	return !_stp_target_comm || !strncmp(current->comm, _stp_target_comm, TASK_COMM_LEN - 1);
}
