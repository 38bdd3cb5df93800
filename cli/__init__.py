"""The spanledger command: one thin command a file."""
