"""What is right and what is doubtful in the data of the ledger."""
