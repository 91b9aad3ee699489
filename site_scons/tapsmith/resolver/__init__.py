"""Which version of which fragment: the search over all that could be taken.

A `Universe` has releases by name; `solve` picks one a name, or explains why
there is no way.  Nothing here reads C, builds or knows kernels.
"""
