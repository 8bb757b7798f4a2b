"""One HTTP exchange with a WebDAV server: what fails in the same way for every request is translated here, once."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from time import monotonic
from urllib.parse import urlsplit, urlunsplit
from xml.etree.ElementTree import Element, ParseError

import requests
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth
from urllib3.exceptions import HTTPError, ReadTimeoutError

from core.calendars.calendar import CalendarRefused, CalendarUnreachable, ReconnectNeeded
from core.calendars.public_network import PublicNetwork
from core.domain.clock import Clock
from core.domain.words import N_

CHECK_ADDRESS = N_("Check the calendar's address.")
PASSING = frozenset({408, 423, 425, 429})  # time-out, locked, too early, too many requests
NO_SPACE = 507
LARGEST_ANSWER = 64 * 1024 * 1024
"""In bytes: ten thousand events are told in about 15 MB."""
CHUNK = 64 * 1024
WHOLE = 6
"""How many times as long as for one read is waited for all of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; names of headers are found in whatever case."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether the server did what it was asked for, or leads elsewhere."""
        return self.status_code < 400  # noqa: PLR2004 - from here on HTTP's numbers are refusals


class Dav:
    """Speaks to one server as one user, with a session for each thread, for `requests` promises no safety across them.

    `clock` reads a Retry-After that is given as a date; `timeout` is in seconds, for connecting and for each read, and
    six times as long for all of an answer.
    With `public` it speaks to addresses of the public network only, whatever a name resolves to.
    A session that is handed in serves all threads, and whoever hands it in answers for that.
    """

    def __init__(
        self,
        username: str,
        password: str,
        clock: Clock,
        session: requests.Session | None = None,
        timeout: float = 10,
        *,
        public: bool = False,
    ) -> None:
        # As bytes: `requests` would encode text in Latin-1, in which half the world's passwords cannot be written.
        self._auth: AuthBase = HTTPBasicAuth(username.encode(), password.encode())
        self._digest = HTTPDigestAuth(username, password)
        self._clock = clock
        self._given = session
        self._timeout = timeout
        self._public = public
        self._local = threading.local()

    def exchange(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        understood: frozenset[int] = frozenset(),
        patience: float = 1,
    ) -> Answer:
        """The answer, whatever its status, except those that say nothing about the calendar itself.

        Those `understood` are given back too; `patience` multiplies the time-out, for questions that take a server long.
        Raises CalendarUnreachable (no answer, 5xx, 429 with Retry-After), ReconnectNeeded (401) and CalendarRefused
        (redirections, which are not followed so that neither password nor event goes elsewhere; a full server).
        """
        answer = self._send(method, url, body, headers or {}, self._timeout * patience)
        if self._auth is not self._digest and _takes_digests_only(answer):
            self._auth = self._digest
            answer = self._send(method, url, body, headers or {}, self._timeout * patience)
        status = answer.status_code
        if status in understood:
            return answer
        if status == requests.codes.unauthorized:
            raise ReconnectNeeded
        if status == NO_SPACE:
            raise CalendarRefused(N_("its server has no space left"), N_("Free space there or ask its administrator."))
        if status >= requests.codes.server_error or status in PASSING:
            raise CalendarUnreachable(f"answered {status}", retry_after=self._retry_after(answer))
        if status >= requests.codes.multiple_choices and status < requests.codes.bad_request:
            raise CalendarRefused(N_("it has moved to another address"), N_("Enter its new address."))
        return answer

    def _send(self, method: str, url: str, body: bytes | None, headers: dict[str, str], timeout: float) -> Answer:
        # Identity: some servers mark the etag of a compressed answer, and then refuse it in If-Match.
        sent = {"Accept-Encoding": "identity", **headers}
        try:
            with self._session(url).request(
                method,
                url,
                data=body,
                headers=sent,
                auth=self._auth,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(response.status_code, response.headers, _read(response, timeout * WHOLE))
        except (requests.Timeout, ReadTimeoutError):
            raise CalendarUnreachable("no answer in time") from None
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            raise CalendarRefused(N_("its address cannot be read"), CHECK_ADDRESS) from None
        except (requests.RequestException, HTTPError):
            # Its text names the address, in which servers keep people's user names.
            raise CalendarUnreachable("no connection") from None

    def _session(self, url: str) -> requests.Session:
        if self._given is not None:
            return self._given
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            # A proxy for the outside world cannot reach this machine's own server.
            session.trust_env = not is_loopback(url)
            if self._public:
                session.mount("https://", PublicNetwork())
        return session

    def _retry_after(self, answer: Answer) -> float | None:
        """Seconds to wait, from either form of RFC 9110 §10.2.3."""
        value = answer.headers.get("Retry-After", "").strip()
        if value.isdecimal():
            return float(value)
        try:
            return max(0.0, (parsedate_to_datetime(value) - self._clock()).total_seconds())
        except (ValueError, TypeError):
            return None


def _takes_digests_only(answer: Answer) -> bool:
    """Whether it was refused for being sent the password itself (RFC 7616); several ways may stand in one line."""
    offered = answer.headers.get("WWW-Authenticate", "").lower()
    refused = answer.status_code == requests.codes.unauthorized
    return refused and "digest " in offered and "basic " not in offered


def _read(response: requests.Response, seconds: float) -> bytes:
    """The body as it is once decompressed; CalendarUnreachable where it is endless or takes too long."""
    parts, length, until = [], 0, monotonic() + seconds
    # What has come, however little: a full chunk may be awaited for ever.
    while part := response.raw.read1(CHUNK, decode_content=True):
        parts.append(part)
        length += len(part)
        if length > LARGEST_ANSWER:
            raise CalendarUnreachable("the answer is too large")
        if monotonic() > until:
            raise CalendarUnreachable("no answer in time")
    return b"".join(parts)


def read_xml(body: bytes) -> Element:
    """The root of an XML answer; CalendarUnreachable where a portal or a proxy has put its own page in between."""
    try:
        root: Element = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError):
        raise CalendarUnreachable("the answer is not a calendar server's") from None
    return root


def safe_address(url: str) -> str:
    """The address without credentials and with a final slash; CalendarRefused unless it is https or this machine."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        raise CalendarRefused(N_("its address cannot be read"), CHECK_ADDRESS) from None
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(url))):
        raise CalendarRefused(N_("its address does not begin with https://"), CHECK_ADDRESS)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/") + "/", "", ""))


def is_loopback(url: str) -> bool:
    """Whether the address is this machine, by number or as localhost."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
