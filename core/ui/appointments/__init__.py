"""The parts of the page My appointments: cards, moving, cancelling, and past visits."""
