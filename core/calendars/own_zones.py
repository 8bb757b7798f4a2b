"""Time zones that an iCalendar object brings along hold for that object alone (RFC 5545 §3.2.19)."""

import hashlib
import re
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_ZONE = re.compile(rb"^BEGIN:VTIMEZONE\s*$.*?^END:VTIMEZONE\s*$", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_NAME = re.compile(rb"^TZID[^:\r\n]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE | re.IGNORECASE)
_FOLD = re.compile(rb"\r?\n[ \t]")


def with_zones_of_its_own(body: bytes) -> bytes:
    """The object with names of zones that nobody else uses, as far as they aren't known all over the world.

    The library keeps the first zone of a name for the whole process, and programs name very different zones alike, such
    as "Customized Time Zone".
    """
    if b"VTIMEZONE" not in body.upper():
        return body
    unfolded = _FOLD.sub(b"", body)
    for block in _ZONE.findall(unfolded):
        found = _NAME.search(block)
        name = found[1].strip() if found else b""
        if name and not _is_known(name.decode(errors="replace")):
            unique = name + b"-" + hashlib.sha256(block).hexdigest()[:16].encode()
            unfolded = re.sub(
                rb'(TZID(?:[^:\r\n]*?)[:=]"?)' + re.escape(name) + rb'(?=["\r\n;:]|$)',
                lambda match, new=unique: match[1] + new,  # type: ignore[misc]
                unfolded,
            )
    return unfolded


def _is_known(name: str) -> bool:
    if name in WINDOWS_TO_OLSON:
        return True
    try:
        ZoneInfo(name)
    except (ValueError, LookupError, OSError):  # a key of another form, or none that there is
        return False
    return True
