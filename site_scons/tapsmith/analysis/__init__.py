"""What can be said of a probe or a fragment without running it: facts for `tapsmith check`."""
