"""What people decide where a calendar and the clinic disagree."""
