"""What Google's consent is asked for: the least that works."""

_SCOPE = "https://www.googleapis.com/auth/calendar"
CONSENT_SCOPES = (f"{_SCOPE}.events", f"{_SCOPE}.calendarlist.readonly", f"{_SCOPE}.app.created")
"""Events, the list of calendars to choose from, and making a calendar of our own."""
NEEDED_SCOPES = frozenset(CONSENT_SCOPES[:2])
"""Without these nothing works; without the third, calendars are made at Google by hand."""
