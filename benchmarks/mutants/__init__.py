"""A test that cannot fail protects nobody: faults are planted one by one, and tests must notice."""
