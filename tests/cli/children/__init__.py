"""Stand-ins for supervised processes."""
