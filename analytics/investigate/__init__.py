"""The answer to an alert: how much, since when, where, why."""
