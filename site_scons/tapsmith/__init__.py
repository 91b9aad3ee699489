"""tapsmith: turn a directory with a probe into a minimal kernel module.

Data flows one way, a module an arrow:
manifest -> resolution -> emission -> object -> module -> run.
"""

__version__ = "0.1.0"
