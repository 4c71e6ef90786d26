"""AWS itself: its configuration file here, its services elsewhere."""
