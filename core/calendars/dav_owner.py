"""Whose calendar it is: the addresses under which invitations to it are answered (RFC 3744 §5.1, RFC 6638 §2.4.1)."""

from urllib.parse import urlsplit, urlunsplit
from xml.etree.ElementTree import Element

from core.calendars.calendar import CalendarError
from core.calendars.dav import Dav, read_xml
from core.calendars.dav_collection import MULTI_STATUS, NAMESPACES, XML, C, D

OWNER = f"<d:propfind {NAMESPACES}><d:prop><d:owner/></d:prop></d:propfind>"
ADDRESSES = f"<d:propfind {NAMESPACES}><d:prop><c:calendar-user-address-set/></d:prop></d:propfind>"
MAIL = "mailto:"


class Owner:
    """Asked only when an invitation was declined by somebody, and then once; safe to share by threads.

    `username` stands for the owner where the server does not tell, and is an address with most of those.
    """

    def __init__(self, dav: Dav, url: str, username: str) -> None:
        self._dav, self._url, self._username = dav, url, username.lower()
        self._known: frozenset[str] | None = None

    def addresses(self) -> frozenset[str]:
        """The owner's addresses in lower case; where they can't be had now, those of who reads, until they can."""
        if self._known is None:
            try:
                self._known = self._asked() or frozenset({self._username})
            except CalendarError:
                return frozenset({self._username})
        return self._known

    def _asked(self) -> frozenset[str]:
        href = self._properties(self._url, OWNER).findtext(f".//{D}owner/{D}href", "").strip()
        if not href:
            return frozenset()
        # Only its path, so that the password goes nowhere else.
        server = urlsplit(self._url)
        address = urlunsplit((server.scheme, server.netloc, urlsplit(href).path, "", ""))
        told = self._properties(address, ADDRESSES).iterfind(f".//{C}calendar-user-address-set/{D}href")
        written = ((one.text or "").strip().lower() for one in told)
        return frozenset(one.removeprefix(MAIL) for one in written if one.startswith(MAIL))

    def _properties(self, url: str, question: str) -> Element:
        answer = self._dav.exchange("PROPFIND", url, question.encode(), {"Depth": "0", "Content-Type": XML})
        return read_xml(answer.content) if answer.status_code == MULTI_STATUS else Element("nothing")
