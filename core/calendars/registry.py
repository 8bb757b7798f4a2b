"""Which vendor a calendar is at, how CareSlot signs in there, and how to reach it."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from core.calendars.calendar import Calendar, CalendarRefused
from core.calendars.connected import ConnectedCalendars
from core.calendars.embedded import EmbeddedServer
from core.calendars.offered import Offered
from core.domain.clock import Clock
from core.domain.errors import NotFound
from core.domain.words import N_
from core.scheduler.stored_sign_ins import StoredSignIn, StoredSignIns
from core.settings import Settings

if TYPE_CHECKING:  # a vendor's libraries are heavy, and imported at their first need
    from core.calendars.caldav import CalDAVCalendar
    from core.calendars.google import GoogleAccess, GoogleCalendar

_NO_SIGN_IN = N_("CareSlot has no sign-in for it")


@dataclass(frozen=True, slots=True)
class SignIn:
    """How CareSlot signs in at a vendor, without any secret: by its settings, or (oauth, password) by a connection.

    `account` is the service account's address, or the user's name. `missing` names settings that still have to be set;
    `problem` and `cure` tell what else is wrong. Without a `kind` nothing is set at all.
    """

    kind: Literal["", "service_account", "refresh_token", "caldav", "pipedream", "oauth", "password"] = ""
    account: str = ""
    address: str = ""
    missing: tuple[str, ...] = ()
    problem: str = ""
    cure: str = ""

    @property
    def ready(self) -> bool:
        """Whether calendars can be reached with it, as far as the settings tell."""
        return bool(self.kind) and not self.missing and not self.problem


class CalendarRegistry:
    """The calendars of the clinic by provider and id; nothing is started or asked before the first need."""

    def __init__(self, settings: Settings, clock: Clock, stored: StoredSignIns | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._stored = stored
        self._connected = ConnectedCalendars(settings, clock)
        self._mutex = threading.Lock()
        self._google: dict[str, GoogleCalendar] = {}
        self._caldav: dict[str, CalDAVCalendar] = {}
        self._pipedream: dict[str, GoogleCalendar] = {}
        self._access: GoogleAccess | None = None
        self.embedded = EmbeddedServer(settings.data_folder / "calendar")

    def calendar(self, provider: str, calendar_id: str, name: str) -> Calendar:
        """The calendar with this id; `name` is given to one that the built-in server has yet to make.

        One with a connection is reached by that, any other by the settings. Raises CalendarRefused with the cure where
        the clinic has no sign-in for it, and SignInUnreadable where its secret can't be read.
        """
        if provider == "embedded":
            return self.embedded.calendar(calendar_id, name, self._clock)
        sign_in = None if self._stored is None else self._stored.of_calendar(calendar_id)
        if sign_in is not None:
            return self._connected.calendar(sign_in, calendar_id)
        return self._by_settings(provider, calendar_id)

    def former(self, provider: str, calendar_id: str, connection_id: int | None) -> Calendar:
        """A calendar outside by the sign-in that it once had, whatever it has now; CalendarRefused where that is gone."""
        if connection_id is None:
            return self._by_settings(provider, calendar_id)
        sign_in = None if self._stored is None else self._stored.of_number(connection_id)
        if sign_in is None:
            raise CalendarRefused(_NO_SIGN_IN)
        return self._connected.calendar(sign_in, calendar_id)

    def _by_settings(self, provider: str, calendar_id: str) -> Calendar:
        if provider == "google":
            return self._at_google(calendar_id)
        if provider == "caldav":
            return self._at_caldav(calendar_id)
        if provider == "pipedream":
            return self._at_pipedream(calendar_id)
        raise CalendarRefused(_NO_SIGN_IN, N_("Choose the built-in calendar or one at Google."))

    def offered(self, connection_id: int) -> tuple[Offered, ...]:
        """The calendars that a connection's account may write; raises a CalendarError."""
        return self._connected.offered(self._of_number(connection_id))

    def make(self, connection_id: int, name: str, zone: str) -> str:
        """Make a calendar of this name at a connection's account, in an IANA zone; what it is known by there."""
        return self._connected.make(self._of_number(connection_id), name, zone)

    def google_sign_in(self) -> SignIn:
        """How CareSlot signs in with Google; a service account goes before a refresh token."""
        known = self._settings
        if known.google_service_account_file:
            try:
                return SignIn("service_account", self._google_access().account)
            except CalendarRefused as error:
                return SignIn("service_account", problem=error.fields["reason"], cure=error.fields["cure"])
        if known.google_client_id and known.google_client_secret and not known.google_refresh_token:
            return SignIn()  # the client serves those who connect an account on a page
        given = {
            "GOOGLE_CLIENT_ID": known.google_client_id,
            "GOOGLE_CLIENT_SECRET": known.google_client_secret,
            "GOOGLE_REFRESH_TOKEN": known.google_refresh_token,
        }
        return _sign_in("refresh_token", given)

    def caldav_sign_in(self) -> SignIn:
        """How CareSlot signs in with a CalDAV server, and the address below which its calendars stand."""
        known = self._settings
        given = {
            "CALDAV_URL": known.caldav_url,
            "CALDAV_USERNAME": known.caldav_username,
            "CALDAV_PASSWORD": known.caldav_password,
        }
        found = _sign_in("caldav", given)
        if not found.ready:
            return found
        try:
            return SignIn("caldav", known.caldav_username, address=self._caldav_home())
        except CalendarRefused as error:
            return SignIn("caldav", problem=error.fields["reason"], cure=error.fields["cure"])

    def pipedream_sign_in(self) -> SignIn:
        """How CareSlot signs in with Pipedream, and for which of its users."""
        known = self._settings
        given = {
            "PIPEDREAM_PROJECT_ID": known.pipedream_project_id,
            "PIPEDREAM_CLIENT_ID": known.pipedream_client_id,
            "PIPEDREAM_CLIENT_SECRET": known.pipedream_client_secret,
            "EXTERNAL_USER_ID": known.pipedream_external_user_id,
        }
        found = _sign_in("pipedream", given)
        return SignIn("pipedream", known.pipedream_external_user_id) if found.ready else found

    def stop(self) -> None:
        """Stop the built-in server if this process started it."""
        self.embedded.stop()

    def _of_number(self, connection_id: int) -> StoredSignIn:
        found = None if self._stored is None else self._stored.of_number(connection_id)
        if found is None:
            raise NotFound
        return found

    def _at_google(self, calendar_id: str) -> "GoogleCalendar":
        from core.calendars.google import GoogleCalendar

        with self._mutex:
            if not self._google:
                self._google[calendar_id] = GoogleCalendar(
                    calendar_id=calendar_id,
                    access=self._google_access(),
                    endpoint=self._settings.google_endpoint or None,
                    token_endpoint=self._settings.google_token_endpoint or None,
                )
            return _one_of(self._google, calendar_id)

    def _google_access(self) -> "GoogleAccess":
        """The sign-in with Google, read once: a key file that could not be used is looked at again next time."""
        from core.calendars.google import GoogleAccess

        known = self._settings
        if self._access is None and known.google_service_account_file:
            self._access = GoogleAccess.service_account(known.google_service_account_file)
        elif self._access is None and self.google_sign_in().ready:
            self._access = GoogleAccess.refresh_token(
                known.google_client_id, known.google_client_secret, known.google_refresh_token
            )
        if self._access is None:
            raise CalendarRefused(
                N_("CareSlot is not connected to Google"),
                N_(
                    "Set GOOGLE_SERVICE_ACCOUNT_FILE, or GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET and "
                    "GOOGLE_REFRESH_TOKEN."
                ),
            )
        return self._access

    def _at_pipedream(self, calendar_id: str) -> "GoogleCalendar":
        from core.calendars.google import GoogleCalendar
        from core.calendars.pipedream import PipedreamAccess

        known = self._settings
        if not self.pipedream_sign_in().ready:
            raise CalendarRefused(
                _NO_SIGN_IN,
                N_("Set PIPEDREAM_PROJECT_ID, PIPEDREAM_CLIENT_ID, PIPEDREAM_CLIENT_SECRET and EXTERNAL_USER_ID."),
            )
        with self._mutex:
            if not self._pipedream:
                access = PipedreamAccess(
                    known.pipedream_project_id,
                    known.pipedream_environment,
                    known.pipedream_client_id,
                    known.pipedream_client_secret,
                    known.pipedream_external_user_id,
                    known.pipedream_base_url,
                )
                self._pipedream[calendar_id] = GoogleCalendar(calendar_id=calendar_id, access=access)
            return _one_of(self._pipedream, calendar_id)

    def _at_caldav(self, calendar_id: str) -> "CalDAVCalendar":
        from core.calendars.caldav import CalDAVCalendar
        from core.calendars.dav import is_loopback

        known = self._settings
        if not self.caldav_sign_in().kind or self.caldav_sign_in().missing:
            raise CalendarRefused(_NO_SIGN_IN, N_("Set CALDAV_URL, CALDAV_USERNAME and CALDAV_PASSWORD."))
        home = self._caldav_home()
        with self._mutex:
            if calendar_id not in self._caldav:
                self._caldav[calendar_id] = CalDAVCalendar(
                    f"{home}{quote(calendar_id, safe='@')}/",
                    known.caldav_username,
                    known.caldav_password,
                    self._clock,
                    public=not is_loopback(home),
                )
            return self._caldav[calendar_id]

    def _caldav_home(self) -> str:
        """The address below which the server's calendars stand; this machine itself only while developing."""
        from core.calendars.dav_discovery import allowed_address

        return allowed_address(self._settings.caldav_url, production=self._settings.production)


def _one_of(known: "dict[str, GoogleCalendar]", calendar_id: str) -> "GoogleCalendar":
    """The calendar among those of one sign-in, made beside another of them where it is new."""
    if calendar_id not in known:
        known[calendar_id] = next(iter(known.values())).beside(calendar_id)
    return known[calendar_id]


def _sign_in(kind: Literal["refresh_token", "caldav", "pipedream"], given: dict[str, str]) -> SignIn:
    missing = tuple(name for name, value in given.items() if not value)
    return SignIn() if len(missing) == len(given) else SignIn(kind, missing=missing)
