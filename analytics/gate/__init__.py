"""The pull-request gate: paired runs of the same cases to a verdict with proof. Pure functions; no I/O, no clock."""
