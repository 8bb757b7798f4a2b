"""When somebody else's events take time: replaced event by event, and never further back than was asked."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.domain.policy import CalendarBusyThen
from core.domain.timespan import Timespan
from core.scheduler.booking import AppointmentScheduler
from core.scheduler.foreign_busy import Busy, replace_busy
from core.scheduler.store import Store
from core.scheduler.tables import external_busy
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import make_clinic

NINE = datetime(2026, 12, 8, 9, tzinfo=UTC)


def hour(day: int) -> Timespan:
    return Timespan(NINE + timedelta(days=day), NINE + timedelta(days=day, hours=1))


def known(store: Store) -> list[str]:
    query = select(external_busy.c.event_id).order_by(external_busy.c.event_id)
    return list(store.read(lambda connection: connection.execute(query).scalars().all()))


def test_a_series_takes_its_occurrences_along_but_not_what_is_named_like_it(store: Store, clock: HandClock) -> None:
    make_clinic(store, clock)
    told = [Busy("abc_20261208", (hour(0),)), Busy("abc_20261209", (hour(1),)), Busy("abcd_1", (hour(2),))]
    told += [Busy("abc_20261210t090000z", (hour(3),)), Busy("abc_2", (hour(4),)), Busy("abc_2026", (hour(5),))]
    store.write(lambda connection: replace_busy(connection, "clinic", told, NINE - timedelta(days=9)))
    store.write(lambda connection: replace_busy(connection, "clinic", [Busy("abc", ())], NINE + timedelta(hours=2)))
    assert known(store) == ["abc_2", "abc_2026", "abc_20261208", "abcd_1"]


def test_an_event_is_replaced_whole_from_an_instant_on(store: Store, clock: HandClock) -> None:
    make_clinic(store, clock)
    since = NINE + timedelta(hours=2)
    store.write(lambda connection: replace_busy(connection, "clinic", [Busy("a", (hour(0), hour(1), hour(2)))], NINE))
    store.write(lambda connection: replace_busy(connection, "clinic", [Busy("a", (hour(3),))], since))
    query = select(external_busy.c.starts_at).order_by(external_busy.c.starts_at)
    found = store.read(lambda connection: connection.execute(query).scalars().all())
    assert list(found) == [NINE, NINE + timedelta(days=3)]


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (timedelta(minutes=5), timedelta(minutes=10)),
        (timedelta(hours=-23, minutes=-55), timedelta(minutes=5)),
        (timedelta(hours=-24), timedelta(minutes=1)),
        (timedelta(days=-5), timedelta(days=3)),
        (timedelta(days=-300), timedelta(days=90)),
        (timedelta(minutes=19), timedelta(days=1, minutes=19)),
    ],
)
def test_an_event_takes_time_however_long_it_is(
    store: Store, clock: HandClock, begins: timedelta, ends: timedelta
) -> None:
    made = make_clinic(store, clock)
    scheduler = AppointmentScheduler(store, clock)
    assert scheduler.why_not(made["reception"], 1, 1, NINE) is None
    told = [Busy("long", (Timespan(NINE + begins, NINE + ends),))]
    store.write(lambda connection: replace_busy(connection, "clinic", told, NINE - timedelta(days=400)))
    assert isinstance(scheduler.why_not(made["reception"], 1, 1, NINE), CalendarBusyThen)
