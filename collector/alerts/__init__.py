"""Alerts: rules judged on schedule, how they stand kept in the ledger, messages sent and tried again."""
