"""Outcomes out of files."""
