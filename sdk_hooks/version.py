"""The version of the hooks: of the distribution and of the instrumentation scope on their spans."""

VERSION = "0.1.0"
