"""What doctors, the duty desk and community workers see and do."""
