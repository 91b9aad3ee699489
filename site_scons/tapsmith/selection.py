"""Selection: which kernels `KERNEL=` means.

    select("6.1*,6.12-rt", here)  ->  ("6.1.0-56-amd64", "6.1.0-56-rt-amd64", "6.12-rt")

A pattern, and `all`, mean kernels that are here, so that none brings a
download by surprise.  A plain name stands for itself; `find_target` fetches it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate

from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.kernelcache import architecture, newest, release_key, told_name

ALL = "all"
_TOKEN = re.compile(r"\*|\?|\[[^]]+\]|[^*?[]+|\[")


def select(names: Iterable[str], here: Sequence[str]) -> tuple[str, ...]:
    """Return the releases and names that `names` mean, in their order, each once.

    `here` are the releases that need no fetching.  Raises `no-kernel-matches`
    for a pattern, or `all`, that none of them fits.
    """
    known = sorted(here, key=release_key)
    found: list[str] = []
    for name in names:
        if name == ALL or is_pattern(name):
            matching = [release for release in known if name == ALL or matches(name, release)]
            if not matching:
                raise _no_match(name, known)
            found += matching
        else:
            found.append(newest(known, name, architecture(name)) or name)
    return tuple(dict.fromkeys(found))


def is_pattern(name: str) -> bool:
    """Tell whether a name is a pattern; a path never is one."""
    return "/" not in name and any(mark in name for mark in "*?[")


def matches(pattern: str, release: str) -> bool:
    """Tell whether a release, or its short name, fits a pattern.

    `*` after a digit goes not on with that number: `6.1*` is not 6.12.
    """
    compiled = re.compile(_expression(pattern))
    return any(compiled.fullmatch(name) for name in (release, told_name(release)))


def _expression(pattern: str) -> str:
    parts: list[str] = []
    before = ""
    for token in _TOKEN.findall(pattern):
        if token == "*":
            parts.append(r"(?!\d).*" if before[-1:].isdigit() else ".*")
        elif token == "?":
            parts.append(".")
        elif token.startswith("[") and len(token) > 1:
            parts.append(translate(token).removesuffix(r"\Z"))
        else:
            parts.append(re.escape(token))
        before = token
    return "".join(parts)


def _no_match(name: str, known: Sequence[str]) -> TapsmithError:
    what = "no kernel is here" if name == ALL or not known else f"no kernel that is here fits `{name}`"
    there = f"there are {', '.join(map(told_name, known))}; " if known else ""
    return fail(
        "no-kernel-matches",
        f"{what}: neither headers on the system nor in the cache",
        mend=f"{there}`tapsmith fetch-kernel NAME` brings one, `tapsmith kernels` lists them",
    )
