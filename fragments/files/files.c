// SPDX-License-Identifier: GPL-2.0
/*
 * files: the directory /proc/tapsmith-NAME, for root alone.
 *
 * It is in /proc since removing a file there ends what its readers do and closes it for them: so a module goes, whoever holds a
 * file open. A file of debugfs either keeps the module from being unloaded, or can outlive it.
 */
#include <linux/capability.h>
#include <linux/proc_fs.h>

static struct proc_dir_entry *_stp_directory;

/**
 * _stp_file_may_open() - whether the caller is root of the whole machine; being it in a container is not enough
 *
 * Context: process.
 */
static bool _stp_file_may_open(void)
{
	return capable(CAP_SYS_ADMIN);
}

/**
 * _stp_file_add() - make a file
 * @name: its name
 * @ops:  what to do; the one that opens it asks _stp_file_may_open()
 *
 * Context: process.
 * Return: the file, for proc_remove(); NULL after a message.
 */
static struct proc_dir_entry *_stp_file_add(const char *name, const struct proc_ops *ops)
{
	struct proc_dir_entry *file = proc_create(name, 0400, _stp_directory, ops);

	if (!file)
		pr_err("no memory for the file %s in /proc\n", name);
	return file;
}

/* Hook init. */
static int _stp_files_init(void)
{
	_stp_directory = proc_mkdir_mode("tapsmith-" KBUILD_MODNAME, 0500, NULL);
	if (_stp_directory)
		return 0;
	pr_err("no memory for a directory in /proc\n");
	return -ENOMEM;
}

/* Hook exit. */
static void _stp_files_exit(void)
{
	proc_remove(_stp_directory);
}
