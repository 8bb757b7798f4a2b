"""What a visitor's browser tab would show, kept up to date from the messages that Streamlit sends to it."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs

from google.protobuf.message import Message
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_POSTED = re.compile(r'/post\.js[^"]*" data-route="([^"]+)" data-content="([^"]+)"')
_WENT_WRONG = "Something went wrong on our side"
_LASTING = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class Screen:
    """The elements of the page in their order, its path and query, and what refreshes itself how often (seconds)."""

    def __init__(self, path: str = "", query: str = "") -> None:
        self.path = path
        self.query_string = query
        self.page_hash = ""
        self.session_id = ""
        self.refreshing: dict[str, float] = {}
        self.known: dict[str, ForwardMsg] = {}
        self._elements: dict[tuple[int, ...], tuple[Element, str]] = {}
        self._fresh: set[tuple[int, ...]] = set()
        self._fragments: set[str] = set()
        self._arrived = False

    def take(self, message: ForwardMsg) -> bool:
        """Show what a message brings; whether it ends a run that nothing follows."""
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            self._draw(message, self.known[message.ref_hash])
        elif kind == "delta":
            if message.metadata.cacheable:
                self.known[message.hash] = message
            self._draw(message, message)
        elif kind == "new_session":
            self._begin(message)
        elif kind == "navigation":
            self._navigate(message)
        elif kind == "page_info_changed":
            self.query_string = message.page_info_changed.query_string
        elif kind in {"auto_rerun", "stop_auto_rerun"}:
            self._schedule(message)
        elif kind == "script_finished":
            self._arrived = True
            if message.script_finished in _LASTING:
                self._forget_the_stale()
                return True
        return False

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the page's address."""
        return {name: values[-1] for name, values in parse_qs(self.query_string).items()}

    def elements(self, *kinds: str) -> Iterator[Message]:
        """The elements of these kinds as Streamlit describes them, from the top of the page to its end."""
        for _, (element, _) in sorted(self._elements.items()):
            kind = element.WhichOneof("type")
            if kind in kinds:
                yield getattr(element, str(kind))

    def buttons(self, key: str = "") -> list[str]:
        """The keys of the buttons that may be pressed and whose keys begin so."""
        found = [key_of(button.id) for button in self.elements("button") if not button.disabled]
        return [one for one in found if one.startswith(key)]

    def button(self, name: str) -> Message:
        """The button with this key or label; LookupError where it does not stand on the page."""
        return _named(name, self.elements("button"))

    def field(self, name: str) -> Message:
        """The last text field with this key or label; LookupError."""
        return _named(name, self.elements("text_input", "text_area"))

    def words(self) -> str:
        """Headings, texts and notices."""
        told = self.elements("heading", "markdown", "alert")
        return "\n".join(getattr(one, "body", "") for one in told)

    def troubles(self) -> list[str]:
        """What tells that the program failed, rather than that it refused something."""
        raised = [error.type for error in self.elements("exception")]
        return raised + [one.body for one in self.elements("alert") if one.body.startswith(_WENT_WRONG)]

    def posts(self) -> Iterator[tuple[str, str]]:
        """The routes to which the page's scripts post, each with its body."""
        for part in self.elements("html"):
            for route, body in _POSTED.findall(part.body):
                yield unescape(route), unescape(body)

    def _begin(self, message: ForwardMsg) -> None:
        session = message.new_session
        self._fresh.clear()
        self._fragments = set(message.metadata.run.fragment_ids)
        if not self._fragments:
            self.refreshing.clear()
            self._turn_to(session.page_script_hash)
        self.session_id = session.initialize.session_id or self.session_id

    def _navigate(self, message: ForwardMsg) -> None:
        self._turn_to(message.navigation.page_script_hash)
        pages = {page.page_script_hash: page.url_pathname for page in message.navigation.app_pages}
        self.path = pages.get(self.page_hash, self.path)

    def _schedule(self, message: ForwardMsg) -> None:
        if message.HasField("auto_rerun"):
            self.refreshing[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        for fragment_id in message.stop_auto_rerun.fragment_ids:
            self.refreshing.pop(fragment_id, None)

    def _turn_to(self, page_hash: str) -> None:
        if self._arrived and page_hash and page_hash != self.page_hash:
            self.query_string = ""  # as the browser's own script does; a page with a query sends it right after
        self.page_hash = page_hash or self.page_hash

    def _draw(self, sent: ForwardMsg, meant: ForwardMsg) -> None:
        path = tuple(sent.metadata.delta_path)
        self._fresh.add(path)
        if meant.delta.WhichOneof("type") == "new_element":
            self._elements[path] = (meant.delta.new_element, meant.delta.fragment_id)
        else:
            self._elements.pop(path, None)

    def _forget_the_stale(self) -> None:
        for path, (_, fragment_id) in list(self._elements.items()):
            if path not in self._fresh and (not self._fragments or fragment_id in self._fragments):
                del self._elements[path]


def key_of(widget_id: str) -> str:
    """The key that the page gave a widget; "None" for one without."""
    return widget_id.split("-", 2)[-1] if widget_id.startswith("$$ID-") else widget_id


def _named(name: str, candidates: Iterator[Message]) -> Message:
    found = [one for one in candidates if name in {key_of(one.id), one.label}]
    if not found:
        raise LookupError(f"nothing on the page is called {name}")
    return found[-1]
