"""A loopback HTTP server that gives the answers it was told to give, and keeps what it was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CALENDAR = b"""<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response>
<d:href>/clinic/</d:href><d:propstat><d:status>HTTP/1.1 200 OK</d:status><d:prop>
<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>%s</d:prop></d:propstat></d:response></d:multistatus>"""


def privileges(*names: str) -> bytes:
    inner = "".join(f"<d:privilege><d:{name}/></d:privilege>" for name in names)
    return f"<d:current-user-privilege-set>{inner}</d:current-user-privilege-set>".encode()


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    missing_bytes: int = 0  # promised by Content-Length, and never sent


THERE = Answer(207, CALENDAR % b"")


@dataclass
class Script:
    """What to answer to each method; the last answer of a list is given again and again."""

    answers: dict[str, list[Answer]]
    url: str = ""
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def next_answer(self, method: str) -> Answer:
        left = self.answers[method]
        return left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def scripted(**answers: Answer | list[Answer]) -> Iterator[Script]:
    script = Script({method: made if isinstance(made, list) else [made] for method, made in answers.items()})

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            script.asked.append((self.command, self.path, dict(self.headers), body))
            given = script.next_answer(self.command)
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(given.body) + given.missing_bytes))
            self.end_headers()
            self.wfile.write(given.body)

        do_GET = do_POST = do_PUT = do_DELETE = do_PROPFIND = do_REPORT = do_MKCALENDAR = do_MKCOL = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}/jane@example.com/clinic/"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
