"""What building many probes takes: tapsmith beside kbuild, on modules that do the same."""
