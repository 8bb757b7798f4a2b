"""Calendars reached by a stored connection: its secret is read, and kept in memory until the connection is replaced."""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from core.calendars.calendar import Calendar, CalendarRefused
from core.calendars.offered import Offered
from core.calendars.seal import Seal
from core.domain.clock import Clock
from core.domain.words import N_
from core.scheduler.stored_sign_ins import StoredSignIn
from core.settings import Settings

if TYPE_CHECKING:  # a vendor's libraries are heavy, and imported at their first need
    from core.calendars.google import GoogleAccess


@dataclass
class _Kept:
    """The calendars of one connection, good for as long as it is stored as it was."""

    stored: str
    calendars: dict[str, Calendar] = field(default_factory=dict)


class ConnectedCalendars:
    """Opens calendars by connections. Safe to share by threads; another process may replace a connection any time."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._seal = Seal(settings.calendar_key)
        self._mutex = threading.Lock()
        self._kept: dict[int, _Kept] = {}

    def calendar(self, sign_in: StoredSignIn, calendar_id: str) -> Calendar:
        """The calendar by this connection; SignInUnreadable without the key of its secret."""
        stored = f"{sign_in.sealed} {sign_in.account} {sign_in.address}"
        with self._mutex:
            kept = self._kept.get(sign_in.connection_id)
            if kept is None or kept.stored != stored:
                kept = self._kept[sign_in.connection_id] = _Kept(stored)
            name = sign_in.calendar_address or calendar_id
            if name not in kept.calendars:
                kept.calendars[name] = self._open(sign_in, name)
            return kept.calendars[name]

    def offered(self, sign_in: StoredSignIn) -> tuple[Offered, ...]:
        """The calendars that the account may write; raises a CalendarError."""
        if sign_in.kind == "password":
            from core.calendars.dav_discovery import find_account

            password = self._seal.open(sign_in.sealed)["password"]
            return find_account(
                sign_in.address, sign_in.account, password, self._clock, production=self._settings.production
            ).calendars
        from core.calendars.google_calendars import offered_calendars

        known = self._settings
        return offered_calendars(
            self._google(sign_in),
            endpoint=known.google_endpoint or None,
            token_endpoint=known.google_token_endpoint or None,
        )

    def make(self, sign_in: StoredSignIn, name: str, zone: str) -> str:
        """Make a calendar of this name at the account, in an IANA zone; what it is known by there."""
        if sign_in.kind == "password":
            from core.calendars.dav_discovery import make_collection

            password = self._seal.open(sign_in.sealed)["password"]
            return make_collection(sign_in.address, sign_in.account, password, name, self.offered(sign_in))
        from core.calendars.google import create_calendar

        known = self._settings
        return create_calendar(
            name,
            zone,
            access=self._google(sign_in),
            endpoint=known.google_endpoint or None,
            token_endpoint=known.google_token_endpoint or None,
        )

    def _open(self, sign_in: StoredSignIn, name: str) -> Calendar:
        if sign_in.kind == "password":
            return self._at_caldav(sign_in, name)
        from core.calendars.google import GoogleCalendar

        return GoogleCalendar(
            calendar_id=name,
            access=self._google(sign_in),
            endpoint=self._settings.google_endpoint or None,
            token_endpoint=self._settings.google_token_endpoint or None,
        )

    def _at_caldav(self, sign_in: StoredSignIn, name: str) -> Calendar:
        from core.calendars.caldav import CalDAVCalendar
        from core.calendars.dav import is_loopback
        from core.calendars.dav_discovery import allowed_address

        home = allowed_address(sign_in.address, production=self._settings.production)
        address = sign_in.calendar_address or f"{home}{quote(name, safe='@')}/"
        if not address.startswith(home):  # the password goes nowhere else
            raise CalendarRefused(N_("it is not on the server of its connection"), N_("Connect it again."))
        password = self._seal.open(sign_in.sealed)["password"]
        return CalDAVCalendar(address, sign_in.account, password, self._clock, public=not is_loopback(home))

    def _google(self, sign_in: StoredSignIn) -> "GoogleAccess":
        from core.calendars.google import GoogleAccess

        secret = self._seal.open(sign_in.sealed)
        if sign_in.kind == "service_account":
            return GoogleAccess.service_account(secret)
        known = self._settings
        if not (known.google_client_id and known.google_client_secret):
            raise CalendarRefused(
                N_("CareSlot does not know its own client at Google any more"),
                N_("Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET again and restart CareSlot."),
            )
        return GoogleAccess.oauth(known.google_client_id, known.google_client_secret, secret["refresh_token"])
