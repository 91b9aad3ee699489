"""Fragments as packages: where they come from, how they are kept, and the lock that names them.

content    the files of a fragment, and their hash
archive    those files as one .tar.gz, and back, from strangers' hands
store      the cache of fragments, by hash
index      one line of a registry's index: a release as JSON
tree       the files of a registry: in a directory, or
http_tree  on a web server, by way of the cache: web asks, kept keeps what it said
registry   what those files tell
registry_write  adds to one, and takes back: with additions, registry_lock and catalogue_write
listings   what a search over a registry reads
project    tapsmith.yaml
git        one commit of a git repository, unpacked into the cache
layers     what a fragment may come from: the tree, a need's own origin, a registry
sources    all of that, as projects and needs name it, read once
lock       what was chosen, and what decided it; lock_file reads and writes it
locked     whether a lock holds, and the fragments it names
fetching   all that locks name, into the cache
verifying  whether it is there, and whole
vendoring  a registry with just what locks need
ahead      reading for a search, many files at once
obtaining  from a probe to its resolution, by its lock or afresh
locking    new locks, and how they differ from old ones
"""
