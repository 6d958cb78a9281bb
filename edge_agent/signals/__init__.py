"""What a row of readings says together: how much on average, and for how long."""
