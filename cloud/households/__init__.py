"""Who lives where, with which hub, and who may help."""
