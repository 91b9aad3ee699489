"""Functions of the kernel that a handler may not call, each with the reason and the mend.

A short table, not all there are: what probes of this kind are tempted to call.
Some take flags that decide; others sleep only on a kernel with PREEMPT_RT,
where a `spinlock_t` is a mutex.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why a handler may not call a function; with `rt`, on PREEMPT_RT kernels only."""

    why: str
    mend: str
    rt: bool = False


PROCESS_MEND = "call it in probe_begin or probe_end, or in a function given to _stp_every()"
_AHEAD = Reason("may wait for memory", "get the memory in probe_begin")
_GIVES_BACK = Reason("may sleep", "give the memory back in probe_end")
_WAITS = Reason("waits", PROCESS_MEND)
_LOCKS = Reason("waits for whoever holds the lock", "take a `struct _stp_lock` of fragment `locking`")
_FAULTS = Reason("may wait for a page", "use _stp_copy_from_user() of fragment `user_memory`")
_OTHERS = Reason("waits for other CPUs", PROCESS_MEND)
_ATTACHES = Reason("takes a mutex", PROCESS_MEND)
_FILES = Reason("may wait for a disk", PROCESS_MEND)
_RT_LOCK = Reason(
    "sleeps on a kernel with PREEMPT_RT", "take a `struct _stp_lock` of fragment `locking`", rt=True
)
_RT_MEMORY = Reason(
    "takes a lock that sleeps on a kernel with PREEMPT_RT", "get the memory in probe_begin", rt=True
)

_GROUPS: Sequence[tuple[Reason, str]] = (
    (_AHEAD, "kvmalloc kvzalloc kvcalloc vmalloc vzalloc __vmalloc alloc_percpu __alloc_percpu"),
    (_GIVES_BACK, "vfree kvfree free_percpu"),
    (_WAITS, "msleep msleep_interruptible ssleep usleep_range fsleep schedule schedule_timeout yield"),
    (_WAITS, "schedule_timeout_interruptible schedule_timeout_uninterruptible cond_resched might_sleep"),
    (_WAITS, "wait_event wait_event_interruptible wait_event_timeout wait_event_interruptible_timeout"),
    (_WAITS, "wait_for_completion wait_for_completion_timeout wait_for_completion_interruptible"),
    (_WAITS, "synchronize_rcu synchronize_srcu synchronize_net rcu_barrier kthread_stop kthread_run"),
    (_WAITS, "flush_work cancel_work_sync flush_workqueue destroy_workqueue cancel_delayed_work_sync"),
    (_WAITS, "hrtimer_cancel del_timer_sync irq_work_sync tracepoint_synchronize_unregister"),
    (_WAITS, "request_module call_usermodehelper"),
    (_LOCKS, "mutex_lock mutex_lock_interruptible mutex_lock_killable down down_interruptible down_read"),
    (_LOCKS, "down_write rwsem_down_read rt_mutex_lock mmap_read_lock mmap_write_lock lock_sock"),
    (_FAULTS, "copy_from_user copy_to_user get_user put_user strncpy_from_user strnlen_user clear_user"),
    (_FAULTS, "access_process_vm get_user_pages get_user_pages_fast"),
    (_OTHERS, "smp_call_function smp_call_function_single on_each_cpu cpus_read_lock"),
    (_ATTACHES, "register_kprobe register_kprobes unregister_kprobe unregister_kprobes"),
    (_ATTACHES, "register_kretprobe unregister_kretprobe tracepoint_probe_register"),
    (_ATTACHES, "tracepoint_probe_unregister debugfs_create_file proc_create"),
    (_FILES, "filp_open filp_close kernel_read kernel_write vfs_read vfs_write"),
    (_RT_LOCK, "spin_lock spin_lock_bh spin_lock_irq spin_lock_irqsave read_lock read_lock_irqsave"),
    (_RT_LOCK, "write_lock write_lock_irqsave"),
)
_REASONS: Mapping[str, Reason] = {name: reason for reason, names in _GROUPS for name in names.split()}
# Which argument holds the flags that say whether the allocation may wait.
_FLAGS = {
    **dict.fromkeys(("kmalloc", "kzalloc", "kstrdup", "kmem_cache_alloc", "kmem_cache_zalloc"), 1),
    **dict.fromkeys(("kcalloc", "kmalloc_array", "krealloc", "kstrndup", "kmemdup"), 2),
    **dict.fromkeys(("kasprintf", "__get_free_page", "get_zeroed_page", "__get_free_pages", "alloc_page"), 0),
}
_MAY_WAIT = frozenset(
    ("GFP_KERNEL", "GFP_KERNEL_ACCOUNT", "GFP_USER", "GFP_HIGHUSER", "GFP_NOFS", "GFP_NOIO")
)
_MAY_NOT = frozenset(("GFP_ATOMIC", "GFP_NOWAIT"))


def reason_against(name: str, arguments: Sequence[Iterable[str]]) -> Reason | None:
    """Return why a handler may not call a function of the kernel with these arguments (words of each)."""
    index = _FLAGS.get(name)
    if index is None:
        return _REASONS.get(name)
    flags = frozenset(arguments[index]) if index < len(arguments) else frozenset()
    if flags & _MAY_WAIT:
        return _AHEAD
    return _RT_MEMORY if flags & _MAY_NOT else None
