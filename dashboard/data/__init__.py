"""The way to the ledger and what each page asks of it."""
