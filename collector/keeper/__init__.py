"""Recomputing: touched keys in, calls, tasks and sums out; one collector at a time."""
