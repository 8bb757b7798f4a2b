"""Connecting accounts of vendors, as people do it on pages: each way ends in a connection, tried before it is kept."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.calendars.calendar import CalendarRefused, ReconnectNeeded
from core.calendars.offered import Offered
from core.calendars.registry import CalendarRegistry
from core.calendars.seal import Seal
from core.domain.clock import Clock
from core.domain.errors import BadFields, CareSlotError
from core.domain.principal import Principal
from core.domain.words import N_
from core.scheduler.calendar_adding import checked_choices
from core.scheduler.connections import Connections
from core.scheduler.consents import Consents
from core.settings import Settings

if TYPE_CHECKING:  # a vendor's libraries are heavy, and imported at their first need
    from core.calendars.google_consent import ConsentClient

LARGEST_KEY_FILE = 20_000
NO_KEY_THERE = N_(
    "There is no key of a service account at this path that CareSlot can read. Give the whole path, /… .json."
)
CALLBACK_ROUTE = "/oauth/google/callback"


class NoClient(CareSlotError):
    """CareSlot has no client at Google yet. Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, and restart it."""


class Connecting:
    """Tries what a person gives, and keeps it as a connection; nothing is kept without a key, or of what was refused."""

    def __init__(
        self,
        settings: Settings,
        connections: Connections,
        consents: Consents,
        registry: CalendarRegistry,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._connections = connections
        self._consents = consents
        self._clock = clock
        self._seal = Seal(settings.calendar_key)

    @property
    def problem(self) -> CareSlotError | None:
        """Why no connection can be kept, with the cure; nothing where one can."""
        return self._seal.problem

    @property
    def knows_google(self) -> bool:
        """Whether the settings name our client at Google, without which nobody can be sent to its consent."""
        return bool(self._settings.google_client_id and self._settings.google_client_secret)

    def ask_google(self, principal: Principal, visit: str, site: str, connection_id: int | None = None) -> str:
        """Where the browser goes for Google's consent; `site` is the address of the clinic's pages.

        Raises NoClient, what sealing and Consents.begin raise.
        """
        if not self.knows_google:
            raise NoClient
        if self.problem is not None:
            raise self.problem
        consent = self._consents.begin(principal, visit, connection_id)
        return self._client().address(site + CALLBACK_ROUTE, consent.state, consent.verifier)

    def google_answered(self, principal: Principal, visit: str, site: str, state: str, code: str) -> int | None:
        """Keep the connection that a consent gives, under its account's address; its number, or None without a code.

        Raises what Consents.end, the exchange and Connections raise, and AnotherAccount for one that was to be renewed.
        """
        consent = self._consents.end(principal, visit, state)
        if not code:
            return None
        token = self._client().exchange(code, consent.verifier, site + CALLBACK_ROUTE)
        account = self._account_of(token)
        secret = {"refresh_token": token}
        if consent.connection_id is not None:
            self._connections.renew(principal, consent.connection_id, secret=secret, account=account)
            return consent.connection_id
        return self._connections.add(
            principal, provider="google", kind="oauth", name=account, account=account, secret=secret
        )

    def service_account(self, principal: Principal, content: bytes, connection_id: int | None = None) -> int:
        """Keep a service account by the content of its JSON key; the connection's number.

        Raises BadFields for a file that is no key, and what Connections raise.
        """
        from core.calendars.google_access import KEY_FIELDS, GoogleAccess

        try:
            info = _mapping(content)
            access = GoogleAccess.service_account(info)
        except CalendarRefused as error:
            raise BadFields({"key": f"{error.fields['reason'][:1].upper()}{error.fields['reason'][1:]}."}) from None
        secret = {name: str(info.get(name) or "") for name in KEY_FIELDS}
        return self._keep(principal, connection_id, "google", "service_account", access.account, secret)

    def service_account_at(self, principal: Principal, path: str, connection_id: int | None = None) -> int:
        """Like service_account, by the path of the JSON key on this machine; managers only.

        Whatever is wrong with the file is one sentence (BadFields), so that nobody learns what else lies on the machine.
        """
        self._connections.require_clinics(principal)
        try:
            return self.service_account(principal, _key_file(path.strip()), connection_id)
        except (BadFields, OSError, ValueError):
            raise BadFields({"path": NO_KEY_THERE}) from None

    def caldav(
        self, principal: Principal, address: str, username: str, password: str, connection_id: int | None = None
    ) -> int:
        """Find the account's calendars and keep the account; the connection's number.

        Raises BadFields where a field is empty or wrong, CalendarUnreachable, and what Connections raise.
        """
        from core.calendars.dav_discovery import find_account

        given = {"address": address, "username": username, "password": password}
        empty = {
            "address": N_("Enter the server's address."),
            "username": N_("Enter the user name."),
            "password": N_("Enter the password."),
        }
        if problems := {name: empty[name] for name, value in given.items() if not value.strip()}:
            raise BadFields(problems)
        if self.problem is not None:
            raise self.problem
        user = username.strip()
        try:
            found = find_account(address, user, password, self._clock, production=self._settings.production)
        except ReconnectNeeded:
            raise BadFields({"password": N_("The server does not take this user name and password.")}) from None
        except CalendarRefused as error:
            reason = str(error.fields["reason"])
            problem = f"{reason[:1].upper()}{reason[1:]}. {error.fields['cure']}".strip()
            raise BadFields({"address": problem}) from None
        return self._keep(principal, connection_id, "caldav", "password", user, {"password": password}, found.home)

    def _client(self) -> "ConsentClient":
        from core.calendars.google_consent import ConsentClient

        known = self._settings
        return ConsentClient(
            known.google_client_id,
            known.google_client_secret,
            known.google_consent_endpoint,
            known.google_token_endpoint,
        )

    def offered(self, principal: Principal, connection_id: int) -> tuple[Offered, ...]:
        """The calendars that the account of a connection of theirs may write; raises a CalendarError.

        Whether the sign-in works is noted.
        """
        self._connections.find(principal, connection_id)
        try:
            found = self._registry.offered(connection_id)
        except ReconnectNeeded as error:
            self._connections.record_check(connection_id, (error.kind, str(error)))
            raise
        self._connections.record_check(connection_id, None)
        return found

    def new_calendar(self, principal: Principal, connection_id: int, name: str, detail: str | None, zone: str) -> str:
        """Make a calendar at the account of a connection of theirs, to be added at once; what it is known by there.

        What adding it would refuse is refused before anything is made (BadFields); `zone` is an IANA zone.
        """
        connection = self._connections.find(principal, connection_id)
        checked_choices(name, connection.provider, detail)
        return self._registry.make(connection_id, name.strip(), zone)

    def _keep(
        self,
        principal: Principal,
        connection_id: int | None,
        provider: str,
        kind: str,
        account: str,
        secret: Mapping[str, str],
        address: str = "",
    ) -> int:
        if connection_id is not None:
            self._connections.renew(principal, connection_id, secret=secret, account=account, address=address)
            return connection_id
        name = f"{account} ({urlsplit(address).hostname})" if address else account
        return self._connections.add(
            principal, provider=provider, kind=kind, name=name, account=account, address=address, secret=secret
        )

    def _account_of(self, refresh_token: str) -> str:
        """The address of a Google account: that of its first calendar, for we ask for no right to see who it is."""
        from core.calendars.google import GoogleAccess
        from core.calendars.google_calendars import account_address

        known = self._settings
        return account_address(
            GoogleAccess.oauth(known.google_client_id, known.google_client_secret, refresh_token),
            endpoint=known.google_endpoint or None,
            token_endpoint=known.google_token_endpoint or None,
        )


def _key_file(path: str) -> bytes:
    """What stands in a .json file of this machine, as much of it as a key may have; nothing where it is no plain file."""
    file = Path(path)
    if not (file.is_absolute() and file.suffix == ".json" and file.is_file()):
        return b""
    with file.open("rb") as content:
        return content.read(LARGEST_KEY_FILE + 1)


def _mapping(content: bytes) -> dict[str, Any]:
    """The JSON object in a file; an empty one where there is none, which no key is."""
    try:
        found = json.loads(content) if len(content) <= LARGEST_KEY_FILE else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
