"""Readers of files that other tools leave behind; what they read goes the way of every span."""
