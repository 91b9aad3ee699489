"""What tapsmith knows of a kernel tree, found once and kept by the tree's identity.

The cache holds, for each identity, a directory with the recipe of kbuild's
commands, what makes a compile fast, the object common to all modules, and the
functions that may be probed.  It is written aside and renamed, so that it is whole or absent.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tapsmith import btf, description, facts_age, kbuild, precompiled
from tapsmith.description import Description
from tapsmith.identity import identify
from tapsmith.kernel import Progress, Target
from tapsmith.precompiled import Precompiled

_FORMAT = "8"
"""Raised with every change of what is kept, so that an older cache is not read."""


@dataclass(frozen=True)
class KernelTree:
    """A target with its identity: what can be told of it without its kbuild."""

    target: Target
    identity: str

    @cached_property
    def config(self) -> dict[str, str]:
        """The kernel's options that are set, without `CONFIG_`."""
        return self.target.config()


@dataclass(frozen=True)
class Facts(KernelTree):
    """A kernel tree with its recipe, the directory that keeps what is known of it, and the fast compile."""

    recipe: kbuild.Recipe
    directory: Path
    precompiled: Precompiled = field(default=Precompiled.refused("not looked for"))
    description: Description = field(default=Description.refused("not looked for"))

    def shortcuts(self) -> Mapping[str, str]:
        """Return the two ways to make a module in less time, each with why it is not taken, or nothing."""
        return {
            "precompiled header": self.precompiled.refusal,
            "description without headers": self.description.refusal,
        }

    @property
    def common(self) -> Path:
        """The object that every module of this tree is linked with (6.12 and later)."""
        return self.directory / ".module-common.o"

    def functions(self) -> frozenset[str] | None:
        """Return the names of the kernel's functions, or None where the tree does not tell."""
        names = frozenset((self.directory / "functions").read_text(encoding="ascii").split())
        return names or None


def load_facts(target: Target, cache: Path, *, progress: Progress) -> Facts:
    """Return the facts of `target`'s tree, from `cache` or else from a pass of its kbuild (3 to 6 s).

    Raises what `identify` and `kbuild.capture` raise.
    """
    identity = identify(target, cache)
    directory = cache / "facts" / _FORMAT / identity / _place(target)
    if not directory.is_dir():
        progress(f"kernel {target.release}: asking its kbuild for the commands")
        _find(target, directory)
        facts_age.prune(cache / "facts")
    facts_age.mark_used(directory)
    kept = json.loads((directory / "facts.json").read_text(encoding="utf-8"))
    return Facts(
        target,
        identity,
        kbuild.Recipe(**kept["recipe"]),
        directory,
        Precompiled(**kept["precompiled"]),
        Description(**kept["description"]),
    )


def _place(target: Target) -> str:
    """Return a name for the tree's path: the commands hold it, so it is part of the key."""
    return hashlib.sha256(str(target.tree).encode()).hexdigest()[:16]


def _find(target: Target, directory: Path) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=directory.parent, prefix=".part-"))
    try:
        recipe = kbuild.capture(target)
        if recipe.common:
            kbuild.run(target, recipe, recipe.common, part, "module-common").check_returncode()
        vmlinux = target.tree / "vmlinux"
        names = btf.functions_of(vmlinux) if vmlinux.is_file() else frozenset()
        (part / "functions").write_text("\n".join(sorted(names)), encoding="ascii")
        kept = {
            "recipe": dataclasses.asdict(recipe),
            "precompiled": dataclasses.asdict(precompiled.find(target, recipe, part)),
            "description": dataclasses.asdict(description.find(target, recipe)),
        }
        text = json.dumps(kept, indent=1)
        (part / "facts.json").write_text(text, encoding="utf-8")
        part.chmod(0o755)
        os.rename(part, directory)
    except OSError:
        # Another process may have found the same facts meanwhile.
        if not directory.is_dir():
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
