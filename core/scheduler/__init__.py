"""Booking and everything that is stored: the only package that speaks SQL."""
