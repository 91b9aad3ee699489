"""Shipping: what a probe becomes for other machines.

    Obtained, modules  ->  contents (files of a package)  ->  a .deb, a directory

`naming` tells what packages are called, `prebuilt` and `dkms` what is in them, `debian_package` writes them.
"""
