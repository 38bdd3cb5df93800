"""Who may look, at what, and how the app is served."""
