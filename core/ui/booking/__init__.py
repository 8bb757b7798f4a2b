"""The parts of the page Book: one question a screen, the held time, and what can go wrong."""
