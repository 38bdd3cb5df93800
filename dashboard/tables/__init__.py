"""Tables and their cells, and the same rows as CSV."""
