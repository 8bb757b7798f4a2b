import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.reports.reports import Reports
from core.scheduler.store import Store, open_engine
from tests.conftest import HandClock
from tests.reports.clinic_weeks import make_weeks
from tests.scheduler.clinic_factory import MadeClinic


@pytest.fixture
def clinic(store: Store, clock: HandClock) -> MadeClinic:
    return make_weeks(store, clock)


@pytest.fixture
def reports(store: Store, clock: HandClock, clinic: MadeClinic) -> Reports:
    return Reports(store, clock)


@pytest.fixture(scope="package")
def still_weeks(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Reports, MadeClinic]]:
    """The same two weeks on SQLite, made once for tests that only read."""
    path = tmp_path_factory.mktemp("weeks") / "clinic.db"
    shutil.copy(sqlite_template, path)
    store, clock = Store(open_engine(f"sqlite:///{path}")), HandClock(datetime(2026, 12, 7, 7, 0, tzinfo=UTC))
    yield Reports(store, clock), make_weeks(store, clock)
    store.dispose()
