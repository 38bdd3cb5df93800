"""What the commands on prices share."""
