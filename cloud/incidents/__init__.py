"""One situation in one home, from open to closed."""
