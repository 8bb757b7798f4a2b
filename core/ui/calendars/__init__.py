"""The parts of the page Calendars: each calendar's card, who uses which, and how to connect one."""
