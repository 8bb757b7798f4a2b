"""The parts of the page Today: the board, the next patient, outcomes and walk-ins."""
