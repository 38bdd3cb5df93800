"""Plotly figures and the colours they wear."""
