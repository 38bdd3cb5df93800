"""The ledger as statements and bytes: embedded or on a server, and its schema brought up to date."""
