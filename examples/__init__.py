"""Demo: a local provider server, sample agents, and four weeks of history over OTLP."""

from examples.demo_file import demo_config

__all__ = ["demo_config"]
