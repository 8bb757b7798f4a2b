"""A calendar collection as such: whether it stands, what may be done there, and how one is made."""

from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from core.calendars.calendar import CalendarMissing, CalendarRefused, CalendarUnreachable
from core.calendars.dav import CHECK_ADDRESS, Dav, read_xml, safe_address
from core.domain.clock import system_clock
from core.domain.words import N_

ABSENT = frozenset({404, 410})
MULTI_STATUS = 207
XML = "application/xml; charset=utf-8"
D, C = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
ASK_FOR_THE_RIGHT = N_("Ask the calendar's owner for the right to change events.")

PROBE = (
    b'<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:"><d:prop>'
    b"<d:resourcetype/><d:current-user-privilege-set/></d:prop></d:propfind>"
)
SET = """<d:set><d:prop>{resourcetype}<d:displayname>{name}</d:displayname>
<c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set></d:prop></d:set>"""
NAMESPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
RESOURCETYPE = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"


def ensure_collection(url: str, auth: tuple[str, str], name: str, timeout: float = 10, *, public: bool = False) -> None:
    """Make the calendar collection where there is none yet; one that stands is left as it is, its name included."""
    dav, address = Dav(*auth, system_clock, timeout=timeout, public=public), safe_address(url)
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


def confirm(dav: Dav, url: str) -> Element:
    """The properties of the calendar collection that should stand at this address; CalendarMissing where none does."""
    found = probe(dav, url)
    if found is None:
        raise CalendarMissing(unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]))
    return found


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
