"""A calendar's id at its vendor: what a person may type, and what is made from a name."""

import re
import unicodedata
from collections.abc import Collection
from urllib.parse import unquote

from core.domain.errors import BadInput
from core.domain.words import N_

LONGEST = 200
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_SHORT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")


def google_address(typed: str) -> str:
    """The address that Google knows a calendar by; BadInput where this is none."""
    address = typed.strip()
    if len(address) > LONGEST or not _ADDRESS.fullmatch(address):
        raise BadInput(
            N_(
                "Enter the calendar's address, such as clinic@example.com. Google shows it in the calendar's settings, "
                "under “Integrate calendar”, as “Calendar ID”."
            ),
            "address",
        )
    return address


def short_name(typed: str) -> str:
    """The last part of a CalDAV calendar's address; BadInput where it could lead elsewhere."""
    name = typed.strip().strip("/")
    if len(name) > LONGEST or not _SHORT_NAME.fullmatch(name):
        raise BadInput(
            N_("Enter the last part of the calendar's address: letters, digits, dots and hyphens, without slashes."),
            "address",
        )
    return name


def collection_name(address: str) -> str:
    """The last part of a CalDAV calendar's address, decoded."""
    return unquote(address.rstrip("/").rpartition("/")[2])


def slug_of(name: str, taken: Collection[str]) -> str:
    """A short name in plain letters, made from a name and unlike those taken: "Dr. Michael Chen" → "dr-michael-chen"."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", letters)[:40].strip("-") or "calendar"
    slug, number = stem, 2
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug
