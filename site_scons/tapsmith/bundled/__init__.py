"""What a bundle does on a target: choose the module for its kernel, check it, and give it to the runner.

    index (bundle.json)  ->  choice by `uname -r`  ->  SHA-256  ->  tapsmith.running

As the runner's, these modules import the standard library, each other, `tapsmith.running` and
`tapsmith.diagnostics`, and use no syntax later than Python 3.9's.
"""
