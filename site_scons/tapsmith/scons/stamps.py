"""Stamps: what makes a node stale and is no file, by a name that `--debug=explain` can say."""

from __future__ import annotations

from typing import Any


def stamp(env: Any, name: str, content: str) -> Any:
    """Return the node called `name`, which has changed where `content` is another than in the last build.

    A node of `Value` is known by its value, and would be told as one that went
    and another that came.  Here the name is the value, and the content its signature.
    """
    node = env.Value(name)
    node.get_ninfo().csig = content
    return node
