"""The care profile: what a home is to be watched by, in signed versions that can be taken back."""
