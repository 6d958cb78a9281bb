"""What a row of readings says together: what is usual, how much on average, and for how long."""
