"""Figures that anybody can repeat: each `python -m benchmarks.<name> --json`."""
