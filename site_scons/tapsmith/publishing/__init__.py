"""What is asked of a fragment before it goes into a registry.

contents      its files: license, sizes, what they read
requirements  whether whoever takes it from the registry can have what it requires
naming        the C of a probe that names all its exports
attempt       a module of that probe
review        all of that, before the first byte is written
"""
