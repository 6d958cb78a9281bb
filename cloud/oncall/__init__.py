"""Who is on duty at a given minute."""
