"""Who moved the cost: the plain ranking and the root causes."""
