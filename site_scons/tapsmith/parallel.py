"""Doing the same with many things at once, where each mostly waits for others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_WORKERS = 8


def each(function: Callable[[T], R], things: Iterable[T]) -> list[R]:
    """Return what a function makes of each thing, in their order.

    What it raises for the first that fails is raised, once those that have begun are done.
    """
    waiting = list(things)
    if len(waiting) < 2:
        return [function(thing) for thing in waiting]
    pool = ThreadPoolExecutor(min(_WORKERS, len(waiting)))
    try:
        return list(pool.map(function, waiting))
    finally:
        pool.shutdown(cancel_futures=True)
