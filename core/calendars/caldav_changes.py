"""What changed in a CalDAV collection, by its sync tokens (RFC 6578), or by its etags where the server has no tokens."""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from core.calendars.calendar import CalendarRefused, CalendarUnreachable, Changes, CursorExpired, FoundEvent, Window
from core.calendars.dav import CHECK_ADDRESS, Dav, read_xml
from core.calendars.dav_collection import ABSENT, MULTI_STATUS, NAMESPACES, XML, C, D, confirm, refusal
from core.calendars.dav_names import event_id_of
from core.calendars.occurrences import Addresses
from core.calendars.vevent_told import salvaged_event, told_event
from core.domain.words import N_
from core.telemetry import logs

BY_TOKEN, BY_ETAGS = "token:", "etags:"
PORTION = 200  # events read with one request
PATIENCE = 6  # a server that reads its files for the first time takes long
OK, NOT_IMPLEMENTED, TOO_MANY = 200, 501, 507

SYNC = """<d:sync-collection xmlns:d="DAV:"><d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level>
<d:prop><d:getetag/><d:resourcetype/></d:prop></d:sync-collection>"""
LIST = '<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/><d:resourcetype/></d:prop></d:propfind>'
READ = "<c:calendar-multiget {namespaces}><d:prop><d:getetag/><c:calendar-data/></d:prop>{hrefs}</c:calendar-multiget>"

_log = logs.get("calendars")


@dataclass(slots=True)
class Listed:
    """What a server lists: by id the address and etag of events to read, ids of those gone, and where to go on."""

    changed: dict[str, tuple[str, str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    cursor: str = ""


def read_changes(dav: Dav, url: str, cursor: str | None, window: Window, addresses: Addresses) -> Changes:
    """As `Calendar.changes`; `addresses` tells those under which the owner may have declined an invitation.

    Costs one request where nothing changed, and another for each two hundred events that did.
    """
    listed: Listed | None = None
    if cursor is None:
        listed = _by_token(dav, url, "") or _by_etags(dav, url, {})
    elif cursor.startswith(BY_TOKEN):
        listed = _by_token(dav, url, cursor.removeprefix(BY_TOKEN))
    elif cursor.startswith(BY_ETAGS):
        listed = _by_etags(dav, url, _unpacked(cursor.removeprefix(BY_ETAGS)))
    if listed is None:
        raise CursorExpired
    events, unreadable = [], 0
    for event_id, etag, body in _read(dav, url, listed):
        try:
            events.append(told_event(body, event_id, etag, window, addresses))
        except ValueError:
            unreadable += 1
            events.append(salvaged_event(body, event_id, etag, window))
    if unreadable:
        _log.warning("events_unreadable", count=unreadable)
    if cursor is not None:
        events += [FoundEvent(event_id, "", cancelled=True) for event_id in sorted(listed.gone)]
    return Changes(tuple(events), listed.cursor, complete=cursor is None)


def _by_token(dav: Dav, url: str, token: str) -> Listed | None:
    """What changed since the token, everything where it is empty; None where the server does not take it.

    An answer that the server has cut short (507 for the collection itself) goes on from the token that came with it.
    """
    listed = Listed()
    while True:
        body = SYNC.format(token=escape(token)).encode()
        root = _ask(dav, "REPORT", url, body, depth="0")
        reached = "" if isinstance(root, int) else root.findtext(f"{D}sync-token", "").strip()
        if isinstance(root, int) or not reached:
            return None
        cut_short = False
        for href, status, properties in _responses(root):
            event_id = event_id_of(href)
            if status == TOO_MANY:
                cut_short = True
            elif status in ABSENT:
                listed.changed.pop(event_id, None)
                listed.gone.add(event_id)
            elif not _is_collection(properties):
                listed.changed[event_id] = (href, _etag(properties))
                listed.gone.discard(event_id)
        listed.cursor = BY_TOKEN + reached
        if not cut_short:
            return listed
        if reached == token:
            raise CalendarUnreachable("its list of changes does not go on")
        token = reached


def _by_etags(dav: Dav, url: str, known: dict[str, str]) -> Listed:
    """What differs from the etags that were known (shortened, by id), by listing all of them."""
    root = _ask(dav, "PROPFIND", url, LIST.encode(), depth="1")
    if isinstance(root, int):
        raise refusal(root)
    listed, standing, whole = Listed(), {}, False
    for href, status, properties in _responses(root):
        if status in ABSENT:
            continue
        if _is_collection(properties):
            whole = whole or properties.find(f".//{D}resourcetype/{C}calendar") is not None
            continue
        event_id, etag = event_id_of(href), _etag(properties)
        standing[event_id] = _short(etag)
        if known.get(event_id) != standing[event_id]:
            listed.changed[event_id] = (href, etag)
    if not whole:
        # The collection lists itself too: a list without it is not that of a calendar.
        raise CalendarUnreachable("the answer is not a calendar's")
    listed.gone = known.keys() - standing.keys()
    listed.cursor = BY_ETAGS + _packed(standing)
    return listed


def _read(dav: Dav, url: str, listed: Listed) -> Iterator[tuple[str, str, bytes]]:
    """Id, etag and body of each event that was listed; one that went meanwhile is counted among those gone."""
    items = list(listed.changed.items())
    for portion in (items[start : start + PORTION] for start in range(0, len(items), PORTION)):
        hrefs = "".join(f"<d:href>{escape(href)}</d:href>" for _, (href, _) in portion)
        root = _ask(dav, "REPORT", url, READ.format(namespaces=NAMESPACES, hrefs=hrefs).encode(), depth="1")
        if isinstance(root, int):
            raise refusal(root)
        missing = {event_id: etag for event_id, (_, etag) in portion}
        for href, status, properties in _responses(root):
            event_id = event_id_of(href)
            etag = missing.pop(event_id, None)
            if etag is None:
                continue
            if status in ABSENT:
                listed.gone.add(event_id)
            elif data := properties.findtext(f".//{C}calendar-data"):
                yield event_id, _etag(properties) or etag, data.encode()
            else:
                raise CalendarUnreachable("an event came without its content")
        if missing:
            raise CalendarUnreachable("its answer leaves events out")


def _ask(dav: Dav, method: str, url: str, body: bytes, depth: str) -> Element | int:
    """The root of a whole 207 answer, or the status with which the question was refused although the calendar stands.

    Raises CalendarMissing, and CalendarUnreachable for every other answer, which may be anybody's.
    """
    headers = {"Depth": depth, "Content-Type": XML}
    understood = frozenset({NOT_IMPLEMENTED, TOO_MANY})
    answer = dav.exchange(method, url, body, headers, understood=understood, patience=PATIENCE)
    if answer.status_code >= 400:  # noqa: PLR2004 - from here on HTTP's numbers are refusals
        confirm(dav, url)
        return answer.status_code
    root = read_xml(answer.content)
    if answer.status_code != MULTI_STATUS or root.tag != f"{D}multistatus":
        raise CalendarUnreachable("the answer is not a calendar server's")
    return root


def _responses(root: Element) -> Iterator[tuple[str, int, Element]]:
    """Of each resource its address, the status (200 where its properties are told) and the properties that were found.

    A resource about which the server could not tell anything is a failure, for it might be taken for absent.
    """
    for response in root.iterfind(f"{D}response"):
        href = response.findtext(f"{D}href", "").strip()
        status = _number(response.findtext(f"{D}status", ""))
        found = [one for one in response.iterfind(f"{D}propstat") if _number(one.findtext(f"{D}status", "")) == OK]
        if not href or (not found and status not in ABSENT | {TOO_MANY}):
            raise CalendarUnreachable("its answer is broken")
        yield href, status or OK, found[0] if found else response


def _number(status: str) -> int:
    """The number in a status line; 0 in a missing or broken one."""
    _, _, rest = status.strip().partition(" ")
    number = rest[:3]
    return int(number) if number.isdecimal() else 0


def _is_collection(properties: Element) -> bool:
    return properties.find(f".//{D}resourcetype/{D}collection") is not None


def _etag(properties: Element) -> str:
    etag = properties.findtext(f".//{D}getetag", "").strip().removeprefix("W/")
    if not etag:
        raise CalendarRefused(N_("its server tells no versions of events (RFC 4791 asks for them)"), CHECK_ADDRESS)
    return etag


def _short(etag: str) -> str:
    return hashlib.sha256(etag.encode()).hexdigest()[:16]


def _packed(etags: dict[str, str]) -> str:
    return base64.b64encode(zlib.compress(json.dumps(etags, sort_keys=True).encode())).decode()


def _unpacked(cursor: str) -> dict[str, str]:
    try:
        etags: dict[str, str] = json.loads(zlib.decompress(base64.b64decode(cursor)))
    except (ValueError, zlib.error):
        raise CursorExpired from None
    return etags
