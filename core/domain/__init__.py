"""The clinic's rules: pure functions and values, standard library only, no input or output."""
