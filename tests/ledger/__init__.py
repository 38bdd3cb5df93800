"""From OTLP bytes to calls, tasks and sums, on a real engine."""
