"""The conformance suite: what real instrumentations send, against what the provider truly billed."""
