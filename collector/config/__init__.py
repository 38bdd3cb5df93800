"""spanledger.yaml: read, checked, and told what is wrong by line."""
