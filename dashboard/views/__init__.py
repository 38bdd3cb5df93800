"""Sections of pages: charts and tables over what was asked."""
