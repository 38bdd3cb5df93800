"""On-call: detection, alerts, notifications, Investigate."""
