"""The parts of the page Agenda: the grid, its days, what is clicked and dragged, details and notes."""
