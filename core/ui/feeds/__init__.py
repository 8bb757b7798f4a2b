"""What pages show of feeds: making one, its address, and ending it."""
