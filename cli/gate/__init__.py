"""What the commands of the gate share: sides, outputs, runs, forges."""
