"""The parts of the page Setup: opening a clinic, its details, people, visits, hours and closures."""
