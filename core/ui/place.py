"""Where a visit takes place: a room of the clinic, or a link that opens the video visit."""

from urllib.parse import urlsplit

from core.scheduler.clinic import Clinic
from core.scheduler.rows import Row
from core.ui.words import _


def web_link(text: str) -> str | None:
    """The text as an address that is safe to open, or None: managers type places freely, and not every scheme is the web."""
    text = text.strip()
    if any(character.isspace() or not character.isprintable() for character in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in {"http", "https"} and parts.hostname else None


def video_link(row: Row) -> str | None:
    """The link that opens the video visit, if the visit has one."""
    return web_link(row.place) if row.remote else None


def place_words(row: Row, clinic: Clinic) -> str:
    """Where to be, in words: the room and the clinic's address, or "Online"; never the link."""
    if row.remote:
        return row.place if row.place and web_link(row.place) is None else _("Online")
    return ", ".join(part for part in (row.place or row.room, clinic.address) if part) or clinic.name
