"""Dated facts about providers."""
