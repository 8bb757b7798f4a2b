"""Connections that end in the public network or nowhere: an address in a setting must not reach into the clinic's own."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from core.calendars.calendar import CalendarRefused
from core.domain.words import N_

# Translated to IPv4 on the way: everywhere alike (RFC 6052), as a network likes (RFC 8215), or as of old (RFC 4291).
_TRANSLATED = IPv6Network("64:ff9b::/96")
_LOCALLY = (IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public network; an IPv4 one wrapped in IPv6 counts as what it wraps."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if any(found in network for network in _LOCALLY):
            return False
        translated = IPv4Address(int(found) & 0xFFFFFFFF) if found in _TRANSLATED else None
        found = translated or found.ipv4_mapped or found.sixtofour or found
    return found.is_global and not found.is_multicast


def refuse_private() -> CalendarRefused:
    """The refusal of an address in a private network."""
    return CalendarRefused(
        N_("its address leads into a private network"),
        N_("Use an address that is reachable from the internet by https (CALDAV_URL, where it is set there)."),
    )


class _PublicConnection(HTTPSConnection):
    """Looks at whom it reached, before anything is sent: a name may resolve to another address at each look-up."""

    def _new_conn(self) -> socket.socket:
        reached = super()._new_conn()
        if not is_public(reached.getpeername()[0]):
            reached.close()
            raise refuse_private()
        return reached


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class PublicNetwork(HTTPAdapter):
    """An adapter of `requests` for https to the public network; where a proxy is set, that one does the looking."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """As always, but with connections that look at whom they reached."""
        super().init_poolmanager(*args, **options)  # type: ignore[no-untyped-call,unused-ignore]
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}
