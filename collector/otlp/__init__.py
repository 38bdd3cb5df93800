"""OTLP in: framing and size checked, bodies gathered, one insert a group, the sender answered after it."""
