"""How each provider's answers are read: pure functions from a response or a stream event to a `Report`."""
