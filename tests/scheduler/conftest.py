import pytest

from core.scheduler.booking import AppointmentScheduler
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic, make_clinic


@pytest.fixture
def clinic(store: Store, clock: HandClock) -> MadeClinic:
    return make_clinic(store, clock)


@pytest.fixture
def scheduler(store: Store, clock: HandClock, clinic: MadeClinic) -> AppointmentScheduler:
    return AppointmentScheduler(store, clock)
