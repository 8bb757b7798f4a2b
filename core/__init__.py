"""CareSlot: clinic appointments that cannot double-book, and calendars that cannot drift."""
