"""A resource's name in its collection and the id of the event that stands there, each made of the other."""

from urllib.parse import quote, unquote, urlsplit

SUFFIX = ".ics"
BARE = "/"  # an id that begins with it is of a resource without the suffix; no name can hold it unescaped


def event_id_of(href: str) -> str:
    """The id of the event at this address or path: its last part, decoded, without ".ics"."""
    name = unquote(urlsplit(href).path.rpartition("/")[2])
    return name.removesuffix(SUFFIX) if name.endswith(SUFFIX) else BARE + name


def address_of(collection: str, event_id: str) -> str:
    """Where the event with this id stands in the collection; its address ends with a slash."""
    bare = event_id.startswith(BARE)
    return collection + quote(event_id.removeprefix(BARE) if bare else event_id + SUFFIX, safe="@")
