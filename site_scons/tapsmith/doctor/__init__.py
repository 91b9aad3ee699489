"""What a machine has to build modules, to run guests and to load modules; what mends the rest."""
