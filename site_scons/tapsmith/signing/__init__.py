"""Signed registries, by TUF: keys, signing, and reading nothing that is not signed.

The library is python-tuf; who uses no signed registry never imports it.
"""
