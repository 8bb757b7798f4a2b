"""The clinics that are measured: the demo clinic with fifty doctors, built once and kept in a folder."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter

from core.scheduler.demo.load import fill_demo
from core.scheduler.migrate import migrate
from core.scheduler.revisions import head_revision
from core.scheduler.store import Store, open_engine
from tests.postgresql import PostgreSQLServer

DOCTORS = 50


@dataclass
class Context:
    """What a topic is run with.

    `now` is the instant that all measuring pretends to stand at; `small`, `medium` and `large` are numbers of stored
    appointments; `quick` asks for a run that shows only that everything works; `say` tells progress.
    """

    folder: Path
    now: datetime
    quick: bool
    say: Callable[[str], None]
    closing: ExitStack
    small: int = field(init=False)
    medium: int = field(init=False)
    large: int = field(init=False)
    _server: PostgreSQLServer | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.small, self.medium, self.large = (500, 2_000, 10_000) if self.quick else (1_000, 100_000, 1_000_000)

    def rounds(self, wanted: int) -> int:
        """How often to repeat: as often as wanted, a few times in a quick run."""
        return min(wanted, 5) if self.quick else wanted

    def clock(self) -> datetime:
        """The instant that all measuring stands at."""
        return self.now

    def sqlite(self, appointments: int) -> str:
        """The address of a clinic that nobody may change; built at first, then kept for the day."""
        path = self.folder / f"{self.now:%Y-%m-%d}-{head_revision()}-{appointments}.db"
        if not path.exists():
            with self._new_folder() as folder:
                self._fill(f"sqlite:///{folder / 'clinic.db'}", appointments)
                (folder / "clinic.db").rename(path)
        return f"sqlite:///{path}"

    @contextmanager
    def sqlite_copy(self, appointments: int) -> Iterator[str]:
        """The address of a copy that may be changed; gone afterwards."""
        original = Path(self.sqlite(appointments).removeprefix("sqlite:///"))
        with self._new_folder() as folder:
            shutil.copyfile(original, folder / "clinic.db")
            yield f"sqlite:///{folder / 'clinic.db'}"

    @contextmanager
    def postgresql(self, appointments: int) -> Iterator[str]:
        """The address of a clinic on a PostgreSQL server that keeps what it commits; gone afterwards."""
        if self._server is None:
            folder = self.folder / f"postgresql-{uuid.uuid4().hex[:8]}"
            self._server = self.closing.enter_context(PostgreSQLServer(folder, durable=True))
        name = f"careslot_{uuid.uuid4().hex[:8]}"
        url = self._server.create_database(name)
        try:
            self._fill(url, appointments)
            yield url
        finally:
            self._server.drop_database(name)

    @contextmanager
    def _new_folder(self) -> Iterator[Path]:
        folder = self.folder / uuid.uuid4().hex[:8]
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def _fill(self, url: str, appointments: int) -> None:
        engine = url.partition("+")[0].partition(":")[0]
        started = perf_counter()
        migrate(url)
        store = Store(open_engine(url))
        try:
            fill_demo(store, self.clock, doctors=DOCTORS, appointments=appointments)
            with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE" if engine == "postgresql" else "PRAGMA optimize")
        finally:
            store.dispose()
        self.say(f"built a clinic of {appointments:,} appointments on {engine} in {perf_counter() - started:.0f} s")
