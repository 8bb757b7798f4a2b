"""Mirroring of appointments to calendars; one file a vendor, behind one interface."""
