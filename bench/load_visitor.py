"""A visitor without a browser: speaks Streamlit's own protocol, so that a hundred of them fit beside the server."""

import asyncio
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from time import perf_counter
from typing import Self
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bench.load_screen import Screen

PATIENCE = 60.0
MOST_TRIES = 60
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Chrome/143.0 Safari/537.36"


class Disconnected(Exception):
    """The server has gone, or let go of the visitor."""


class Visitor:
    """One browser tab at `url`. `timed` is told of each run: what was done, and seconds from question to last word.

    Runs take as long as they take for the visitor, drawing aside: a browser adds its own time.
    """

    def __init__(self, url: str, timed: Callable[[str, float], None] = lambda *_: None) -> None:
        self.url = url
        self.host = urlsplit(url).netloc
        self.cookies: dict[str, str] = {}
        self.screen = Screen()
        self._timed = timed
        self._socket: ClientConnection | None = None
        self._typed: dict[str, str] = {}
        self._posted: set[str] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the tab."""
        if self._socket is not None:
            await self._socket.close()
            self._socket = None

    async def open(self, path: str = "", **query: str) -> None:
        """Open an address, or reload: nothing that was typed is kept, cookies are."""
        await self.close()
        self.screen = Screen(path, urlencode(query))
        self._typed.clear()
        self._posted.clear()
        await self._ask("GET", f"/{path}", {"Accept": "text/html", "Sec-Fetch-Dest": "document"})
        await self._connect()
        await self._run(f"open {path}")

    async def reconnect(self) -> None:
        """Go on after Disconnected as the browser's script does: wait for a server, connect, and ask for the page again."""
        await self.close()
        for _ in range(MOST_TRIES):
            try:
                await self._connect()
            except Disconnected:
                await asyncio.sleep(0.2)
                continue
            await self._run("reconnect")
            return
        raise Disconnected

    async def again(self) -> None:
        """Have the page run once more, with nothing changed."""
        await self._run(f"again {self.screen.path}")

    async def press(self, name: str) -> None:
        """Press the button with this key or label, with everything typed so far."""
        button = self.screen.button(name)
        typed = [WidgetState(id=field, string_value=text) for field, text in self._typed.items()]
        if button.form_id:
            self._typed.clear()
        await self._run(f"press {name}", widgets=[*typed, WidgetState(id=button.id, trigger_value=True)])

    def type(self, name: str, text: str) -> None:
        """Type into the text field with this key or label; it is sent with the next press."""
        self._typed[self.screen.field(name).id] = text

    async def refresh(self) -> None:
        """Do what the page does by itself every few seconds."""
        often = min(self.screen.refreshing, key=lambda one: self.screen.refreshing[one])
        await self._run(f"refresh {self.screen.path}", fragment_id=often)

    async def sign_in(self, email: str, password: str) -> None:
        """Fill in the sign-in form that stands on the page."""
        self.type("Email", email)
        self.type("Password", password)
        await self.press("Sign in")

    async def _run(self, what: str, widgets: list[WidgetState] | None = None, fragment_id: str = "") -> None:
        """Have the page run, and read until its last word."""
        asked = BackMsg()
        rerun = asked.rerun_script
        rerun.query_string = self.screen.query_string
        rerun.page_script_hash = self.screen.page_hash
        rerun.page_name = "" if self.screen.page_hash else self.screen.path
        rerun.widget_states.widgets.extend(widgets or [])
        rerun.cached_message_hashes.extend(self.screen.known)
        rerun.fragment_id = fragment_id
        rerun.is_auto_rerun = bool(fragment_id)
        rerun.context_info.timezone, rerun.context_info.locale = "America/New_York", "en-US"
        rerun.context_info.url = f"{self.url}/{self.screen.path}"
        started = perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._connected.send(asked.SerializeToString())
                while not self.screen.take(ForwardMsg.FromString(await self._connected.recv(decode=False))):
                    pass
        except (ConnectionClosed, TimeoutError) as error:
            raise Disconnected from error
        self._timed(what, perf_counter() - started)
        await self._do_as_scripts_say()

    @property
    def _connected(self) -> ClientConnection:
        if self._socket is None:
            raise Disconnected
        return self._socket

    async def _connect(self) -> None:
        await self._ask("GET", "/_stcore/health")
        session = [self.screen.session_id] if self.screen.session_id else []
        try:
            self._socket = await connect(
                f"ws://{self.host}/_stcore/stream",
                origin=self.url,
                subprotocols=["streamlit", self.cookies.get("_streamlit_xsrf", "PLACEHOLDER_AUTH_TOKEN"), *session],
                additional_headers={"Cookie": self._cookie_line()},
                user_agent_header=BROWSER,
                max_size=None,
                open_timeout=PATIENCE,
            )
        except (OSError, InvalidHandshake) as error:
            raise Disconnected from error
        answer = self._socket.response
        self._keep_cookies(answer.headers.get_all("Set-Cookie") if answer is not None else [])

    async def _do_as_scripts_say(self) -> None:
        """What the page's small scripts do in a browser, once each: hand the ticket in, and get the cookie."""
        for route, body in self.screen.posts():
            if body not in self._posted:
                self._posted.add(body)
                headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
                await self._ask("POST", route, headers, body)

    async def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: str | None = None
    ) -> None:
        def ask() -> tuple[int, list[str]]:
            connection = HTTPConnection(self.host, timeout=PATIENCE)
            try:
                known = {"Cookie": self._cookie_line(), "User-Agent": BROWSER}
                connection.request(method, path, body, {**known, **(headers or {})})
                answer = connection.getresponse()
                answer.read()
                return answer.status, answer.headers.get_all("Set-Cookie") or []
            finally:
                connection.close()

        try:
            status, made = await asyncio.to_thread(ask)
        except (OSError, HTTPException) as error:
            raise Disconnected from error
        if status >= 400:
            raise Disconnected(f"{method} {path} was answered with {status}")
        self._keep_cookies(made)

    def _cookie_line(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _keep_cookies(self, lines: list[str]) -> None:
        for line in lines:
            for name, cookie in SimpleCookie(line).items():
                self.cookies[name] = cookie.value
