"""CareSlot's processes as a clinic that has grown runs them: web processes and workers on one database behind nginx."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
START_SECONDS = 60
STOP_SECONDS = 15
_TICKS = os.sysconf("SC_CLK_TCK")
_OURS = ("CARESLOT_", "STREAMLIT_", "DATABASE_URL", "PUBLIC_URL", "GOOGLE_", "CALDAV_")


class Program:
    """One process of ours, with what it prints in a file; `url` is where it serves, if it does."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path, url: str = "") -> None:
        self.url = url
        self._log = log
        known = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env={**known, **environment}, stdout=output, stderr=subprocess.STDOUT
            )
        self.pid = self._process.pid

    def wait_until_it_serves(self) -> Self:
        """Until its health answers; AssertionError with what it printed where it ends before."""
        deadline = perf_counter() + START_SECONDS
        while self._process.poll() is None and perf_counter() < deadline:
            try:
                with urlopen(f"{self.url}/_stcore/health", timeout=5):
                    return self
            except (URLError, OSError):
                sleep(0.05)
        raise AssertionError(f"it did not start:\n{self.printed()}")

    def printed(self) -> str:
        """Its output so far."""
        return self._log.read_text(errors="replace")

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end, and wait for that."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def children(self) -> list[int]:
        """The numbers of the processes that it started."""
        return [int(one) for one in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def megabytes(self) -> float:
        """Its resident memory."""
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        assert found is not None
        return int(found[1]) / 1024

    def cpu_seconds(self) -> float:
        """The time that it has computed since its start, in all of its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def web(folder: Path, environment: dict[str, str], port: int | None = None, home: Path = ROOT / "Home.py") -> Program:
    """`streamlit run Home.py` on a port of loopback; not waited for."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(home), "--server.port", str(port)]
    known = {"CARESLOT_DATA": str(folder / "data"), **environment}
    return Program(command, known, folder / f"web-{port}.log", f"http://127.0.0.1:{port}")


def worker(folder: Path, environment: dict[str, str], number: int) -> Program:
    """`python -m core worker`."""
    known = {"CARESLOT_DATA": str(folder / "data"), **environment}
    return Program([sys.executable, "-m", "core", "worker"], known, folder / f"worker-{number}.log")


class Cluster:
    """Two web processes and two workers on a prepared database; `url` is nginx's, which is what visitors see."""

    def __init__(self, folder: Path, database_url: str, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = {
            "DATABASE_URL": database_url,
            "CARESLOT_WORKER": "0",
            "STREAMLIT_SERVER_COOKIE_SECRET": "one secret that all processes share",
            **environment,
        }
        self.webs = [web(folder, self.environment) for _ in range(2)]
        self.workers = [worker(folder, self.environment, number) for number in range(2)]
        self._nginx = _nginx(folder, [one.url for one in self.webs])
        self.url = self._nginx.url

    def wait(self) -> Self:
        """Until all of them serve."""
        for one in (*self.webs, self._nginx):
            one.wait_until_it_serves()
        return self

    def web_of(self, cookie: str) -> Program:
        """The process that the proxy's cookie names."""
        return self.webs[int(cookie) - 1]

    def start_again(self, dead: Program) -> None:
        """A new process in the place of a web process that was killed."""
        number = self.webs.index(dead)
        port = int(dead.url.rpartition(":")[2])
        self.webs[number] = web(self.folder, self.environment, port).wait_until_it_serves()

    def stop(self) -> None:
        """End all that still run."""
        for one in (self._nginx, *self.webs, *self.workers):
            one.stop()


@contextmanager
def cluster(folder: Path, database_url: str, **environment: str) -> Iterator[Cluster]:
    """Running processes, stopped at the end."""
    with ExitStack() as closing:
        made = Cluster(folder, database_url, environment)
        closing.callback(made.stop)
        yield made.wait()


def _nginx(folder: Path, urls: list[str]) -> Program:
    """The proxy with the configuration that operators are given, on free ports."""
    port = free_port()
    site = (ROOT / "docs" / "nginx.conf").read_text().replace("listen 80;", f"listen 127.0.0.1:{port};")
    for number, url in enumerate(urls, 8501):
        site = site.replace(f":{number}", f":{url.rpartition(':')[2]}")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{'user root;' if os.geteuid() == 0 else ''}\ndaemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx-errors.log;\n"
        f"events {{ worker_connections 2048; }}\nhttp {{\naccess_log off;\n{temporary}{site}}}\n"
    )
    command = [str(NGINX), "-p", str(folder), "-e", f"{folder}/nginx-errors.log", "-c", str(configuration)]
    return Program(command, {}, folder / "nginx.log", f"http://127.0.0.1:{port}")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
