"""Pure functions over query results: bridge, gate, movers, savings, coordination. No I/O, no clock."""
