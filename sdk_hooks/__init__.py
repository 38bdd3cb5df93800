"""What runs inside the agent process: light OpenTelemetry hooks."""
