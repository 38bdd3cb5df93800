"""The bridge: a cost difference split exactly into what caused it."""
