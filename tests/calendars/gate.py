"""A server in front of a calendar server, which kills the client's process at one of its requests."""

import http.client
import subprocess
import threading
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, Self
from urllib.parse import urlsplit

Side = Literal["before", "after", "answered"]
_OF_CONNECTION = {"connection", "transfer-encoding", "keep-alive", "content-length"}


class Gate:
    """Hands requests on, for one `with` block; kills before one is sent, once it was done, or once it was answered."""

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self._lock = threading.Lock()
        self._left, self._side, self._process = 0, "before", None
        self.killed = threading.Event()
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def __getattr__(self, name: str):
                if name.startswith("do_"):
                    return lambda: gate._serve(self)
                raise AttributeError(name)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def order(self, at: int, side: Side, process: "subprocess.Popen[bytes]") -> None:
        """Kill the process at its request of this number."""
        with self._lock:
            self.killed.clear()
            self._left, self._side, self._process = at, side, process

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self._left -= 1
            side = self._side if self._left == 0 else ""
            gone = self.killed.is_set()
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        handler.close_connection = True
        if side == "before" or gone:
            self._kill()
            return
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in _OF_CONNECTION}
        with closing(
            http.client.HTTPConnection(str(self._upstream.hostname), self._upstream.port, timeout=10)
        ) as there:
            there.request(handler.command, handler.path, body or None, headers)
            answer = there.getresponse()
            content = answer.read()
        if side == "after":
            self._kill()
            return
        handler.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_CONNECTION:
                handler.send_header(name, value)
        if answer.status != 204:
            handler.send_header("Content-Length", str(len(content)))
        handler.send_header("Connection", "close")
        with suppress(ConnectionError):  # the client was killed meanwhile
            handler.end_headers()
            handler.wfile.write(content)
            handler.wfile.flush()
        if side == "answered":
            self._kill()

    def _kill(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.kill()
            self.killed.set()
