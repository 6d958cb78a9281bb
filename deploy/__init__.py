"""What an operator installs: broker configuration, service units, certificates."""
