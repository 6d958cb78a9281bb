"""Who is asked next, and when, until a named person has answered."""
