"""The SCons tool of this tree, found by name: `Environment(tools=["tapsmith_tool"])`.

It is not called tapsmith.py, since that would shadow the package.
"""

from tapsmith.scons import exists, generate

__all__ = ["exists", "generate"]
