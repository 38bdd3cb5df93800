"""Demo: a local provider server, sample agents, and four weeks of history over OTLP."""
