"""Who is asking: passwords, sessions that can be revoked, and the guard before every route."""
