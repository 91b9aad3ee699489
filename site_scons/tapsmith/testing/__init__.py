"""Tests of a user's probes: what is expected of a module, what it said, and what differs."""
