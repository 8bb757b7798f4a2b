"""A worker tells every ten seconds that it lives, whatever else it has to do."""

from pathlib import Path

from core.bootstrap import build
from core.scheduler import heartbeat
from core.settings import Settings
from core.worker import Worker
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import make_clinic


def test_a_worker_tells_that_it_lives_while_it_works_and_that_it_ended(
    tmp_path: Path, sqlite_url: str, clock: HandClock
) -> None:
    app = build(Settings(data_folder=tmp_path, database_url=sqlite_url, environment="development"), clock)
    make_clinic(app.store, clock)
    worker = Worker(app, pause=0.01)
    began = clock()
    worker.run_once()
    clock.advance(seconds=9)
    worker.run_once()
    assert app.store.read(heartbeat.last_beat) == began
    clock.advance(seconds=1)
    worker.run_once()
    assert app.store.read(heartbeat.last_beat) == clock()
    worker.stop()
    worker.run_forever()  # it has been told to stop
    assert app.store.read(heartbeat.last_beat) is None
    app.close()
