"""What relatives see and do."""
