"""What the commands on alerts share."""
