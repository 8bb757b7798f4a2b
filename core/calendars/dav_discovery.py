"""Finding an account's calendars on a CalDAV server: principal, home, calendars (RFC 5397, RFC 4791 6.2.1, RFC 6764)."""

from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit
from xml.etree.ElementTree import Element

from core.calendars.calendar import CalendarRefused, CalendarUnreachable
from core.calendars.dav import CHECK_ADDRESS, Dav, is_loopback, read_xml, safe_address
from core.calendars.dav_collection import MULTI_STATUS, XML, C, D, ensure_collection
from core.calendars.offered import Offered
from core.calendars.public_network import refuse_private
from core.domain.calendar_ids import slug_of
from core.domain.clock import Clock
from core.domain.words import N_

WELL_KNOWN = "/.well-known/caldav"
MOST_HOPS = 4
_REDIRECTIONS = frozenset({301, 302, 307, 308})
_WRITING = frozenset({f"{D}all", f"{D}write", f"{D}write-content", f"{D}bind"})
_PROPFIND = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop>{}</d:prop></d:propfind>'
)
_WHO = _PROPFIND.format("<d:current-user-principal/>").encode()
_HOME = _PROPFIND.format("<c:calendar-home-set/>").encode()
_LIST = _PROPFIND.format(
    "<d:resourcetype/><d:displayname/><d:current-user-privilege-set/><c:supported-calendar-component-set/>"
).encode()


@dataclass(frozen=True, slots=True)
class CalDAVAccount:
    """An account on a server: the address below which its calendars stand, and those that it may write."""

    home: str
    calendars: tuple[Offered, ...]


def allowed_address(url: str, *, production: bool) -> str:
    """The address with a final slash; CalendarRefused unless it is https, or this machine itself while developing."""
    address = safe_address(url)
    if is_loopback(address) and production:
        raise refuse_private()
    return address


def find_account(url: str, username: str, password: str, clock: Clock, *, production: bool) -> CalDAVAccount:
    """The account's home and calendars, from any address of its server; no address of a private network is asked.

    A server may name another one as the home of calendars, as iCloud does; it is held to the same rules. Raises
    ReconnectNeeded where the password is not taken, and other calendar errors.
    """
    address = allowed_address(url, production=production)
    finding = _Finding(username, password, clock, production=production)
    home = finding.home(address)
    return CalDAVAccount(home, finding.calendars(home))


def make_collection(home: str, username: str, password: str, name: str, taken: tuple[Offered, ...]) -> str:
    """Make a calendar of this name below the home (MKCALENDAR); its address."""
    names = {urlsplit(one.address).path.rstrip("/").rpartition("/")[2] for one in taken}
    address = f"{home}{quote(slug_of(name, names))}/"
    ensure_collection(address, (username, password), name, public=not is_loopback(home))
    return address


class _Finding:
    """One look at a server; each address is checked before it is asked."""

    def __init__(self, username: str, password: str, clock: Clock, *, production: bool) -> None:
        self._production = production
        self._public = Dav(username, password, clock, public=True)
        self._local = Dav(username, password, clock)

    def home(self, address: str) -> str:
        """Where the account's calendars stand."""
        try:
            answered, principal = self._href(address, _WHO, f"{D}current-user-principal")
        except CalendarRefused:
            answered, principal = address, ""
        if not principal:
            well_known = urljoin(address, WELL_KNOWN)
            answered, principal = self._href(well_known, _WHO, f"{D}current-user-principal")
        if not principal:
            raise CalendarRefused(N_("no calendar server answers there"), CHECK_ADDRESS)
        answered, home = self._href(urljoin(answered, principal), _HOME, f"{C}calendar-home-set")
        if not home:
            raise CalendarRefused(N_("this account has no calendars there"), CHECK_ADDRESS)
        return allowed_address(urljoin(answered, home), production=self._production)

    def calendars(self, home: str) -> tuple[Offered, ...]:
        """The calendars for events below the home that may be written, by name."""
        _, root = self._ask(home, _LIST, "1")
        found = []
        for response in root.iterfind(f"{D}response"):
            for stat in response.iterfind(f"{D}propstat"):
                if " 200" in stat.findtext(f"{D}status", "") and _holds_events(stat) and _may_be_written(stat):
                    address = urljoin(home, response.findtext(f"{D}href", ""))
                    if address.startswith(home) and address.rstrip("/") != home.rstrip("/"):
                        name = stat.findtext(f".//{D}displayname") or address.rstrip("/").rpartition("/")[2]
                        found.append(Offered(address.rstrip("/") + "/", name))
        return tuple(sorted(found, key=lambda one: one.name.lower()))

    def _href(self, address: str, body: bytes, name: str) -> tuple[str, str]:
        """Where the question was answered in the end, and the address that this property names, if it does."""
        answered, root = self._ask(address, body, "0")
        found = root.find(f".//{name}/{D}href")
        return answered, (found.text or "").strip() if found is not None else ""

    def _ask(self, address: str, body: bytes, depth: str) -> tuple[str, Element]:
        """The answer, from where redirections lead: within the same host, for the password goes along."""
        for _ in range(MOST_HOPS):
            dav = self._local if is_loopback(address) else self._public
            allowed_address(address, production=self._production)
            headers = {"Depth": depth, "Content-Type": XML}
            answer = dav.exchange("PROPFIND", address, body, headers, understood=_REDIRECTIONS)
            if answer.status_code in _REDIRECTIONS:
                onward = urljoin(address, answer.headers.get("Location", ""))
                if urlsplit(onward)[:2] != urlsplit(address)[:2]:
                    raise CalendarRefused(N_("it has moved to another address"), N_("Enter its new address."))
                address = onward
                continue
            if answer.status_code != MULTI_STATUS:
                raise CalendarRefused(N_("no calendar server answers there"), CHECK_ADDRESS)
            return address, read_xml(answer.content)
        raise CalendarUnreachable("it leads in a circle")


def _holds_events(stat: Element) -> bool:
    kinds = stat.findall(f".//{C}supported-calendar-component-set/{C}comp")
    is_calendar = stat.find(f".//{D}resourcetype/{C}calendar") is not None
    return is_calendar and (not kinds or any(kind.get("name") == "VEVENT" for kind in kinds))


def _may_be_written(stat: Element) -> bool:
    """Whether the server grants writing; one that does not say is believed to."""
    privileges = stat.findall(f".//{D}current-user-privilege-set/{D}privilege/*")
    return not privileges or any(privilege.tag in _WRITING for privilege in privileges)
