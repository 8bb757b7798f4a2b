"""Which vendor a calendar is at, and how to reach it."""

import threading

from core.calendars.calendar import Calendar, CalendarRefused
from core.calendars.embedded import EmbeddedServer
from core.calendars.google import GoogleAccess, GoogleCalendar
from core.domain.clock import Clock
from core.settings import Settings


class CalendarRegistry:
    """The calendars of the clinic by provider and id; nothing is started or asked before the first need."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._mutex = threading.Lock()
        self._google: dict[str, GoogleCalendar] = {}
        self.embedded = EmbeddedServer(settings.data_folder / "calendar")

    def calendar(self, provider: str, calendar_id: str, name: str) -> Calendar:
        """The calendar with this id; `name` is given to one that the built-in server has yet to make.

        Raises CalendarRefused with the cure where the clinic has no sign-in for it.
        """
        if provider == "embedded":
            return self.embedded.calendar(calendar_id, name, self._clock)
        if provider == "google":
            return self._at_google(calendar_id)
        raise CalendarRefused("CareSlot has no sign-in for it", "Choose the built-in calendar or one at Google.")

    def stop(self) -> None:
        """Stop the built-in server if this process started it."""
        self.embedded.stop()

    def _at_google(self, calendar_id: str) -> GoogleCalendar:
        with self._mutex:
            if calendar_id not in self._google:
                self._google[calendar_id] = GoogleCalendar(
                    calendar_id=calendar_id,
                    access=self._google_access(),
                    endpoint=self._settings.google_endpoint or None,
                    token_endpoint=self._settings.google_token_endpoint or None,
                )
            return self._google[calendar_id]

    def _google_access(self) -> GoogleAccess:
        known = self._settings
        if known.google_service_account_file:
            return GoogleAccess.service_account(known.google_service_account_file)
        if known.google_refresh_token:
            return GoogleAccess.refresh_token(
                known.google_client_id, known.google_client_secret, known.google_refresh_token
            )
        raise CalendarRefused(
            "CareSlot is not connected to Google",
            "Set GOOGLE_SERVICE_ACCOUNT_FILE, or GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET and GOOGLE_REFRESH_TOKEN.",
        )
