"""The subcommands of `tapsmith`, one module each, with what they share in `shared` and `output`.

A module has `add_to(subparsers)`, which declares the subcommand by
`shared.add_command`, and a function that runs it: it takes the parsed options
and returns the exit status, or raises TapsmithError.  `cli` lists the modules.
"""
