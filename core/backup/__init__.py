"""Backups of everything that the clinic has: made while it runs, restored while it does not."""
