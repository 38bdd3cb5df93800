"""The weekly review, from query results to its nine parts and one sentence."""
