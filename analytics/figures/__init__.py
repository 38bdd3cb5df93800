"""Single figures: how they are written, compared and bounded."""
