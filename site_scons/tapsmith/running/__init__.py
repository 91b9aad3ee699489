"""The runner: load a module into the running kernel, stream what it says, unload it, tell what was lost.

    file, options  ->  checks  ->  claim, load  ->  lines, rows  ->  unload  ->  ledger, exit status

The same code runs on targets that have nothing but Python 3.9, out of a zipapp.  So these modules import
the standard library, each other, `tapsmith.diagnostics`, `formats` and `records`, which do the same, nothing
else, and use no later syntax.

Words: a *claim* is a file in /run/tapsmith that says which runner has a module loaded; it is locked while
that runner lives.  A *row* is an element of a map, or a statistic, with its fields apart.  The *ledger* is
the list of losses that ends each run.
"""
