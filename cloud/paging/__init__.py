"""One attempt to reach one person by one channel, from intent to outcome."""
