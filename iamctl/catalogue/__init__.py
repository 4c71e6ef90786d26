"""AWS's published facts, offline."""
