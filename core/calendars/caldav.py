"""A calendar on a CalDAV server (RFC 4791): the embedded one, Nextcloud, iCloud, Fastmail and their like."""

from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import requests

from core.calendars.calendar import (
    CalendarError,
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    Event,
    EventChanged,
    EventExists,
    EventGone,
    FoundEvent,
    Health,
    ReconnectNeeded,
    unwell,
)
from core.calendars.dav import CHECK_ADDRESS, Dav, read_xml, safe_address
from core.calendars.vevent import from_ical, to_ical
from core.domain.clock import Clock, system_clock
from core.domain.words import N_

ABSENT = frozenset({404, 410})
PRECONDITION_FAILED = 412
MULTI_STATUS = 207
ICALENDAR = "text/calendar; charset=utf-8; component=VEVENT"
XML = "application/xml; charset=utf-8"
D, C = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
WRITING = frozenset({f"{D}all", f"{D}write", f"{D}write-content", f"{D}bind"})
ASK_FOR_THE_RIGHT = N_("Ask the calendar's owner for the right to change events.")

PROBE = (
    b'<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:"><d:prop>'
    b"<d:resourcetype/><d:current-user-privilege-set/></d:prop></d:propfind>"
)
SET = """<d:set><d:prop>{resourcetype}<d:displayname>{name}</d:displayname>
<c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set></d:prop></d:set>"""
NAMESPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
RESOURCETYPE = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"


class CalDAVCalendar:
    """One calendar collection; an event stands at `<collection>/<event_id>.ics`.

    `url` is the collection's address, https unless on this machine; `timeout` is in seconds; with `public`
    no private network is spoken to. Safe to share by threads.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        clock: Clock,
        session: requests.Session | None = None,
        timeout: float = 10,
        *,
        public: bool = False,
    ) -> None:
        self.url = safe_address(url)
        self._clock = clock
        self._dav = Dav(username, password, clock, session, timeout, public=public)

    def fetch(self, event_id: str) -> FoundEvent | None:
        """The event, or None where the calendar stands and the event does not; CalDAV servers keep no tombstones."""
        answer = self._dav.exchange("GET", self._href(event_id))
        if answer.status_code in ABSENT:
            self._confirm_calendar()
            return None
        if answer.status_code != requests.codes.ok:
            raise refusal(answer.status_code)
        try:
            return from_ical(answer.content, event_id, _etag(answer))
        except ValueError:
            raise CalendarUnreachable("the answer is not an event") from None

    def create(self, event: Event) -> str:
        """Put the event where nothing stands yet, and return its etag."""
        answer = self._put(event, {"If-None-Match": "*"})
        if answer.ok:
            return self._etag_of_ours(answer, event)
        if answer.status_code == PRECONDITION_FAILED or _uid_is_taken(answer):
            raise EventExists
        self._confirm_calendar()
        raise refusal(answer.status_code)

    def update(self, event: Event, etag: str) -> str:
        """Replace the event that bears this etag, and return the new one."""
        answer = self._put(event, {"If-Match": etag})
        if answer.ok:
            return self._etag_of_ours(answer, event)
        if answer.status_code == PRECONDITION_FAILED:
            # RFC 9110 §13.1.1: an absent event fails If-Match as well as a changed one.
            raise EventGone if self.fetch(event.event_id) is None else EventChanged
        self._confirm_calendar()
        raise EventGone if answer.status_code in ABSENT else refusal(answer.status_code)

    def delete(self, event_id: str, etag: str | None = None) -> None:
        """Delete the event; one already gone is no error, a calendar that is gone is."""
        answer = self._dav.exchange("DELETE", self._href(event_id), headers={"If-Match": etag} if etag else None)
        if answer.ok and answer.status_code != MULTI_STATUS:
            return
        if answer.status_code == PRECONDITION_FAILED:
            if self.fetch(event_id) is None:
                return
            raise EventChanged
        self._confirm_calendar()
        if answer.status_code not in ABSENT:
            raise refusal(answer.status_code)

    def health(self) -> Health:
        """Whether the collection answers, is a calendar, and may be written by this user."""
        try:
            privileges = self._confirm_calendar()
        except CalendarError as error:
            return unwell(error, _cure(error))
        if privileges is not None and not privileges & WRITING:
            return Health(ok=False, detail=N_("The calendar can only be read."), cure=ASK_FOR_THE_RIGHT)
        return Health(ok=True)

    def _href(self, event_id: str) -> str:
        return f"{self.url}{event_id}.ics"

    def _put(self, event: Event, condition: dict[str, str]) -> requests.Response:
        body = to_ical(event, self._clock())
        return self._dav.exchange("PUT", self._href(event.event_id), body, {"Content-Type": ICALENDAR, **condition})

    def _etag_of_ours(self, answer: requests.Response, event: Event) -> str:
        """The etag of what we wrote; where the server gives none it is read back, and must still be ours."""
        if "ETag" in answer.headers:
            return _etag(answer)
        found = self.fetch(event.event_id)
        if found is None:
            raise EventGone
        ours = from_ical(to_ical(event, self._clock()), event.event_id, found.etag)
        if (found.title, found.starts_at, found.ends_at) != (ours.title, ours.starts_at, ours.ends_at):
            raise EventChanged
        return found.etag

    def _confirm_calendar(self) -> frozenset[str] | None:
        """The privileges we hold on the calendar, None where the server does not tell; CalendarMissing if it is gone.

        Asked after every 404 of an event, so that a vanished calendar is never read as a deleted event.
        """
        found = probe(self._dav, self.url)
        if found is None:
            raise CalendarMissing(unquote(urlsplit(self.url).path.rstrip("/").rpartition("/")[2]))
        granted = found.find(f".//{D}current-user-privilege-set")
        return None if granted is None else frozenset(kind.tag for kind in granted.findall(f"{D}privilege/*"))


def ensure_collection(url: str, auth: tuple[str, str], name: str, timeout: float = 10) -> None:
    """Make the calendar collection where there is none yet; one that stands is left as it is, its name included."""
    dav, address = Dav(*auth, system_clock, timeout=timeout), safe_address(url)
    if probe(dav, address) is not None:
        return
    title = escape(name)
    bodies = {
        "MKCALENDAR": f"<c:mkcalendar {NAMESPACES}>{SET.format(resourcetype='', name=title)}</c:mkcalendar>",
        "MKCOL": f"<d:mkcol {NAMESPACES}>{SET.format(resourcetype=RESOURCETYPE, name=title)}</d:mkcol>",  # RFC 5689
    }
    status = 0
    for method, body in bodies.items():
        status = dav.exchange(method, address, body.encode(), {"Content-Type": XML}).status_code
        # Whatever it answered: another process may have made it meanwhile.
        if probe(dav, address) is not None:
            return
    raise refusal(status)


def probe(dav: Dav, url: str) -> Element | None:
    """The properties of the calendar collection at this address, or None where the server says that there is none."""
    answer = dav.exchange("PROPFIND", url, PROBE, {"Depth": "0", "Content-Type": XML})
    if answer.status_code in ABSENT:
        return None
    if 400 <= answer.status_code < 500:  # noqa: PLR2004 - the range that HTTP gives to refusals
        raise refusal(answer.status_code)
    if answer.status_code != MULTI_STATUS:
        raise CalendarUnreachable("the answer is not a calendar server's")
    root = read_xml(answer.content)
    for found in root.iterfind(f"{D}response/{D}propstat"):
        if " 200" in found.findtext(f"{D}status", "") and found.find(f".//{D}resourcetype/{C}calendar") is not None:
            return found
    return None


def refusal(status: int) -> CalendarRefused:
    """The refusal that a 4xx status means, with its cure."""
    if status in {403, 405}:
        return CalendarRefused(N_("it may not be changed"), ASK_FOR_THE_RIGHT)
    if status == 413:  # noqa: PLR2004 - content too large
        return CalendarRefused(N_("the event is too large for it"), N_("Shorten the reason."))
    return CalendarRefused(f"its server answered {status}", CHECK_ADDRESS)


def _etag(answer: requests.Response) -> str:
    etag = answer.headers.get("ETag", "")
    if not etag:
        raise CalendarRefused(N_("its server tells no versions of events (RFC 4791 asks for them)"), CHECK_ADDRESS)
    # If-Match compares strongly: proxies that mark an etag as weak would make every write fail.
    return etag.removeprefix("W/")


def _uid_is_taken(answer: requests.Response) -> bool:
    """RFC 4791 §5.3.2.1 has an element for it; Nextcloud says it in words, also for events in its waste bin."""
    said = answer.text.lower()
    return "no-uid-conflict" in said or "uid already exists" in said


def _cure(error: CalendarError) -> str:
    if isinstance(error, ReconnectNeeded):
        return N_("Set the calendar's user name and password again.")
    if isinstance(error, CalendarMissing):
        return N_("Check its address and who it is shared with.")
    return N_("Nothing to do: CareSlot keeps trying. If it lasts, check the network and the calendar's address.")
