"""OTLP in, the embedded engine and its HTTP interface, migrations, keepers."""
