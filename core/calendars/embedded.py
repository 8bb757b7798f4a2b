"""The calendar server that comes with CareSlot: Radicale on loopback, so that a fresh machine syncs without an account."""

import contextlib
import fcntl
import hashlib
import http.client
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import bcrypt

from core.calendars.calendar import CalendarRefused, CalendarUnreachable
from core.domain.clock import Clock

if TYPE_CHECKING:  # its libraries are imported at the first need
    from core.calendars.caldav import CalDAVCalendar

HOST = "127.0.0.1"
USERNAME = "careslot"
PATIENCE = 30.0  # seconds for an answer
START_SECONDS = 15.0
POLL_SECONDS = 0.02
LOG_BYTES = 1_000_000
# Below the range from which the system takes ports for outgoing connections: the port is still free after a restart.
PORTS = range(20_000, 30_000)
# The password is 256 random bits, which no number of guesses finds: a dearer hash would only slow the first request,
# and a delay after wrong ones only our own start, for the first answer to be had is a refusal.
BCRYPT_ROUNDS = 8
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")

# Level error, for warnings quote from events that could not be read. All paths are relative to the folder.
CONFIGURATION = """[server]
hosts = {host}:{port}
max_connections = 20
[auth]
type = htpasswd
htpasswd_filename = htpasswd
htpasswd_encryption = bcrypt
realm = {realm}
delay = 0
cache_logins = True
cache_successful_logins_expiry = 86400
[rights]
type = owner_only
[storage]
filesystem_folder = collections
[web]
type = none
[logging]
level = error
mask_passwords = True
"""


class EmbeddedServer:
    """The one server of a folder, started by whoever needs it first and shared by every process after that.

    The server itself holds the folder's lock, so "locked" means "running": when it dies, with its owner or alone, the
    next process that needs it finds the lock free and starts it again, on the same port where that is free.
    Nothing happens before the first need. Reachable from this machine only. Safe to share by threads.
    """

    username = USERNAME

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._mutex = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._answered: tuple[int, int] | None = None  # the port, and when it was written: the start it belongs to
        self._collections: set[str] = set()

    @property
    def url(self) -> str:
        """The address below which the calendars stand; starts the server if need be."""
        return f"http://{HOST}:{self.ensure_running()}/{USERNAME}/"

    @property
    def password(self) -> str:
        """The generated password, to be shown to a manager who wants to look in with another calendar program."""
        self.ensure_running()
        return self._read("password")

    def calendar(self, slug: str, name: str, clock: Clock) -> "CalDAVCalendar":
        """The calendar of this slug, made with this name at its first use; ask anew after CalendarUnreachable."""
        from core.calendars.caldav import CalDAVCalendar
        from core.calendars.dav_collection import ensure_collection

        if not SLUG.fullmatch(slug):
            raise CalendarRefused("its short name holds a character that has no place there", "Use letters and digits.")
        address, password = f"{self.url}{slug}/", self.password
        # Once: a calendar that vanishes later is a question for people, not something to replace by an empty one.
        if slug not in self._collections:
            ensure_collection(address, (USERNAME, password), name)
            self._collections.add(slug)
        # Patient: it compares each new event with all others, and after a restore it first reads them all.
        return CalDAVCalendar(address, USERNAME, password, clock, timeout=PATIENCE)

    def ensure_running(self) -> int:
        """Start or restart the server unless it runs, wait until it answers, and return its port."""
        with self._mutex:
            if self._child is not None and self._child.poll() is None and self._answered is not None:
                return self._answered[0]
            deadline = time.monotonic() + START_SECONDS
            while time.monotonic() < deadline:
                self._start_if_nobody_has()
                if (port := self._answering_port()) is not None:
                    return port
                time.sleep(POLL_SECONDS)
            raise CalendarUnreachable("the calendar server of this machine does not start")

    def stop(self) -> None:
        """Stop the server if this object started it; one that another process owns goes on."""
        with self._mutex:
            child, self._child, self._answered = self._child, None, None
            if child is not None:
                _end(child)

    def _start_if_nobody_has(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        lock = os.open(self._folder / "owner.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        else:
            self._answered = None
            if self._child is not None:
                _end(self._child)
            self._child = self._start(lock)
        finally:
            os.close(lock)  # the server has inherited it, and with it the lock

    def _start(self, lock: int) -> subprocess.Popen[bytes]:
        password, port = self._kept_password(), self._free_port()
        hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(BCRYPT_ROUNDS)).decode()
        self._write("htpasswd", f"{USERNAME}:{hashed}\n")
        self._write("radicale.ini", CONFIGURATION.format(host=HOST, port=port, realm=_realm(password)))
        self._write("port", str(port))
        log = self._folder / "server.log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        script = Path(__file__).with_name("tethered.py")
        command = [sys.executable, "-P", str(script), str(os.getpid()), "--config", "radicale.ini"]
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as errors:
            return subprocess.Popen(  # noqa: S603 - our own interpreter and script
                command,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(lock,),
                umask=0o077,
                start_new_session=True,  # a Ctrl-C in the terminal is for CareSlot, which then lets go of the server
            )

    def _answering_port(self) -> int | None:
        """The port on which *our* server answers: its realm tells, before a password is sent to whoever listens there."""
        try:
            written = (self._folder / "port").stat().st_mtime_ns
            port, realm = int(self._read("port")), _realm(self._read("password"))
        except (FileNotFoundError, ValueError):
            return None
        if self._answered == (port, written):
            # Another process owns it: while that one dies, the lock is still held but nobody listens any more.
            return port if _listens(port) else None
        connection = http.client.HTTPConnection(HOST, port, timeout=START_SECONDS)
        with contextlib.closing(connection):
            try:
                connection.request("GET", f"/{USERNAME}/")
                found = connection.getresponse().getheader("WWW-Authenticate", "")
            except (OSError, http.client.HTTPException):
                return None
        if realm not in found:
            return None
        self._answered = (port, written)
        return port

    def _kept_password(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            if kept := self._read("password"):
                return kept
        password = secrets.token_urlsafe(32)
        self._write("password", password)
        return password

    def _free_port(self) -> int:
        kept: list[int] = []
        with contextlib.suppress(FileNotFoundError, ValueError):
            kept.append(int(self._read("port")))
        for port in (*kept, *(secrets.choice(PORTS) for _ in range(20))):
            with socket.socket() as attempt:
                attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                with contextlib.suppress(OSError):
                    attempt.bind((HOST, port))
                    return port
        raise CalendarUnreachable("no port is free for the calendar server of this machine")

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text().strip()

    def _write(self, name: str, text: str) -> None:
        """Whole or not at all, and readable by nobody else, not even for a moment."""
        draft = self._folder / f".{name}.new"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        draft.replace(self._folder / name)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _realm(password: str) -> str:
    return "CareSlot " + hashlib.sha256(f"realm {password}".encode()).hexdigest()[:16]


def _listens(port: int) -> bool:
    """Whether anybody listens on the port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
