"""Time zones that an iCalendar object brings along hold for that object alone (RFC 5545 §3.2.19)."""

import hashlib
import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_FOLD = re.compile(rb"\r?\n[ \t]")
_LINE = re.compile(rb"[^\r\n]+")
_NAMED = re.compile(
    rb'^TZID[^:\r\n]*:(?P<own>[^\r\n]+)|;TZID="(?P<quoted>[^"\r\n]+)"|;TZID=(?P<bare>[^";:,\r\n]+)',
    re.MULTILINE | re.IGNORECASE,
)


def with_zones_of_its_own(body: bytes) -> bytes:
    """The object with names of zones that nobody else uses, as far as they aren't known all over the world.

    The library keeps the first zone of a name for the whole process, and programs name very different zones alike, such
    as "Customized Time Zone". Takes time in proportion to the body, whatever stands in it.
    """
    if b"VTIMEZONE" not in body.upper():
        return body
    unfolded = _FOLD.sub(b"", body)
    unique = {
        name: name + b"-" + hashlib.sha256(block).hexdigest()[:16].encode()
        for name, block in _zones(unfolded)
        if not _is_known(name.decode(errors="replace"))
    }

    def renamed(match: re.Match[bytes]) -> bytes:
        name = match["own"] or match["quoted"] or match["bare"]
        return match[0].replace(name, unique.get(name.strip(), name))

    return _NAMED.sub(renamed, unfolded) if unique else body


def _zones(unfolded: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The name of each zone that is brought along, and all that stands of it."""
    block: list[bytes] | None = None
    for line in _LINE.findall(unfolded):
        said = line.strip().upper()
        if said == b"BEGIN:VTIMEZONE":
            block = []
        elif said == b"END:VTIMEZONE" and block is not None:
            named = next((one for one in block if one.upper().startswith((b"TZID:", b"TZID;"))), b"")
            if name := named.partition(b":")[2].strip():
                yield name, b"\n".join(block)
            block = None
        elif block is not None:
            block.append(line)


def _is_known(name: str) -> bool:
    if name in WINDOWS_TO_OLSON:
        return True
    try:
        ZoneInfo(name)
    except (ValueError, LookupError, OSError):  # a key of another form, or none that there is
        return False
    return True
