"""What came of pushes, written many at a time: the links, the appointments' event ids, the calendar and its sign-in."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select, update

from core.scheduler.leases import NotTaken, Taken
from core.scheduler.store import Store
from core.scheduler.tables import appointments, calendar_connections, calendar_links, calendars
from tests.calendars.many_links import FIRST, SECOND, ManyLinks
from tests.conftest import HandClock


def named(store: Store) -> list[str | None]:
    query = select(appointments.c.calendar_event_id).order_by(appointments.c.appointment_id)
    return store.read(lambda connection: list(connection.execute(query).scalars()))


def connection_of(store: Store) -> tuple[object, ...]:
    columns = (calendar_connections.c.well_at, calendar_connections.c.error_at, calendar_connections.c.error_kind)
    return tuple(store.read(lambda connection: connection.execute(select(*columns)).one()))


def connect(store: Store, clock: HandClock) -> None:
    made = {"connection_id": 7, "provider": "google", "kind": "oauth", "name": "Clinic", "sealed": "-"}
    store.write(
        lambda connection: (
            connection.execute(insert(calendar_connections).values(created_at=clock(), **made)),
            connection.execute(update(calendars).where(calendars.c.calendar_id == FIRST).values(connection_id=7)),
        )
    )


def test_each_outcome_counts_only_while_its_lease_is_held(store: Store, clock: HandClock) -> None:
    many = ManyLinks(store, clock, 5)
    one, two, late = many.links.claim(3)
    clock.advance(minutes=2)
    three, four = many.links.claim()
    clock.advance(minutes=2)
    stolen = many.links.claim(2)
    assert [due.link_id for due in stolen] == [one.link_id, two.link_id]
    retry = clock() + timedelta(minutes=1)
    outcomes = [
        Taken(one, '"1"', "a" * 64),
        NotTaken(two, "passing", "No answer.", retry),
        Taken(three, '"3"', "c" * 64),
        NotTaken(four, "passing", "No answer.", retry),
        Taken(late, '"5"', "e" * 64),
    ]
    assert many.links.record(outcomes) == [False, False, True, True, False]
    first, second, over, third, fourth = many.rows()
    assert (over["etag"], over["lease_owner"]) == (None, late.lease_owner)
    for row in (first, second):
        assert (row["etag"], row["error"], row["attempts"], row["lease_owner"]) == (
            None,
            None,
            0,
            stolen[0].lease_owner,
        )
    assert (third["etag"], third["mirrored_revision"], third["lease_owner"]) == ('"3"', 1, None)
    assert (fourth["error"], fourth["attempts"], fourth["due_at"]) == ("No answer.", 1, retry)
    assert many.links.record([]) == []


def test_appointments_are_named_after_events_that_stand_and_no_longer_after_those_that_do_not(
    store: Store, clock: HandClock
) -> None:
    many = ManyLinks(store, clock, 3)
    first, second, third = many.links.claim()
    stands = [Taken(due, '"1"', "a" * 64) for due in (first, second, third)]
    many.links.record(stands)
    assert named(store) == [first.event_id, second.event_id, third.event_id]
    elsewhere = update(appointments).where(appointments.c.appointment_id == 3).values(calendar_event_id="newer")
    store.write(lambda connection: connection.execute(elsewhere) and None)
    many.change(wanted_revision=calendar_links.c.wanted_revision + 1)
    many.links.record([Taken(due, None, None) for due in many.links.claim() if due.link_id != first.link_id])
    assert named(store) == [first.event_id, None, "newer"]


def test_an_appointment_that_is_named_already_is_not_written_again(store: Store, clock: HandClock) -> None:
    many = ManyLinks(store, clock, 3)
    many.links.record([Taken(due, '"1"', "a" * 64) for due in many.links.claim()])
    many.change(wanted_revision=calendar_links.c.wanted_revision + 1)
    claimed, seen = many.links.claim(), []

    @event.listens_for(store.engine, "before_cursor_execute")
    def note(*told: object) -> None:
        seen.append(str(told[2]).split(" SET")[0])

    many.links.record([Taken(due, '"2"', "b" * 64) for due in claimed])
    assert [statement for statement in seen if statement.startswith("UPDATE")] == [
        "UPDATE calendar_links",
        "UPDATE calendars",
    ]


def test_a_link_that_waits_for_a_decision_is_not_claimed(store: Store, clock: HandClock) -> None:
    many = ManyLinks(store, clock, 2)
    many.change(calendar_links.c.link_id == 1, held="conflict")
    (due,) = many.links.claim()
    assert due.link_id == 2
    assert many.links.claim_link(1) is None
    assert str(many.links.why_unclaimed(1)).startswith("It was changed in the calendar")
    many.links.record([Taken(due, '"1"', "a" * 64)])
    assert many.links.calendars_with_work() == []


def test_the_last_outcome_tells_the_calendars_error(store: Store, clock: HandClock) -> None:
    many = ManyLinks(store, clock, 3)
    first, second, third = many.links.claim()
    refused = NotTaken(first, "refused", "No.", clock() + timedelta(hours=1))
    many.links.record([Taken(second, '"1"', "a" * 64), refused])
    row = many.calendar()
    assert (row["last_error_kind"], row["last_error_at"], row["last_push_at"]) == ("refused", clock(), clock())
    many.links.record([Taken(third, '"1"', "a" * 64)])
    row = many.calendar()
    assert (row["last_error_kind"], row["last_error"], row["last_error_at"]) == (None, None, None)


def test_failures_in_a_row_are_counted_and_a_success_forgets_them(store: Store, clock: HandClock) -> None:
    many = ManyLinks(store, clock, 5)
    claimed = many.links.claim()
    failed = [NotTaken(due, "passing", "No answer.", clock()) for due in claimed[:4]]
    many.links.record(failed)
    assert (many.calendar()["failures"], many.calendar()["paused_until"]) == (4, None)
    many.links.record([Taken(claimed[4], '"1"', "a" * 64)])
    assert many.calendar()["failures"] == 0


@pytest.mark.parametrize("before", [0, 4])
def test_a_sign_in_that_ended_stands_at_the_calendar_and_at_its_connection(
    store: Store, clock: HandClock, before: int
) -> None:
    many = ManyLinks(store, clock, 2, 1)
    connect(store, clock)
    store.write(lambda connection: connection.execute(update(calendars).values(failures=before)) and None)
    first, second, other = many.links.claim()
    assert (first.connection_id, other.connection_id) == (7, None)
    many.links.record([Taken(first, '"1"', "a" * 64), Taken(other, '"1"', "a" * 64)])
    assert connection_of(store) == (clock(), None, None)
    well = clock()
    clock.advance(seconds=30)
    many.links.record([NotTaken(second, "reconnect", "Sign in.", clock() + timedelta(hours=1))])
    assert connection_of(store) == (well, clock(), "reconnect")
    assert many.calendar()["paused_until"] == clock() + timedelta(hours=1)
    assert many.calendar(SECOND)["paused_until"] is None
    clock.advance(hours=1)
    (due,) = many.links.claim()
    assert due.probing
    many.links.record([Taken(due, '"1"', "a" * 64)])
    assert connection_of(store) == (clock(), None, None)
    assert (many.calendar()["failures"], many.calendar()["paused_until"]) == (0, None)


def test_leases_are_held_longer_only_by_who_holds_them(store: Store, clock: HandClock) -> None:
    many = ManyLinks(store, clock, 2)
    lost, kept = many.links.claim()
    many.change(calendar_links.c.link_id == lost.link_id, lease_owner="another")
    before = many.rows()[0]["lease_until"]
    clock.advance(minutes=2)
    many.links.renew([lost, kept])
    assert [row["lease_until"] for row in many.rows()] == [before, clock() + timedelta(minutes=3)]
    assert many.links.release(lost, kept) == 1


def test_looking_for_what_is_due_never_reads_all_that_stands_in_calendars(
    sqlite_store: Store, clock: HandClock
) -> None:
    many, asked = ManyLinks(sqlite_store, clock, 5, 5), []
    failing = update(calendars).where(calendars.c.calendar_id == SECOND).values(failures=5)
    sqlite_store.write(lambda connection: connection.execute(failing) and None)

    def note(*told: object) -> None:
        asked.append(told[2:4])

    event.listen(sqlite_store.engine, "before_cursor_execute", note)
    many.links.calendars_with_work()
    assert len(many.links.claim(within=[FIRST, SECOND])) == 6
    event.remove(sqlite_store.engine, "before_cursor_execute", note)
    plans = [
        row[3]
        for statement, values in asked
        if str(statement).startswith("SELECT")
        for row in sqlite_store.read(
            lambda connection, statement=statement, values=values: connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", values
            ).all()
        )
        if "calendar_links" in row[3]
    ]
    assert {plan.split(" (")[0] for plan in plans} == {
        "SEARCH calendar_links USING INDEX calendar_links_due_ix",
        "SEARCH calendar_links USING INTEGER PRIMARY KEY",
    }
