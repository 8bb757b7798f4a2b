from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import insert, select, update

from core.domain.errors import BadFields, BadInput, CareSlotError, NotFound
from core.domain.principal import NotAllowed, SignInNeeded
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.clinic_calendars import CalendarHoldsEvents, CalendarInUse, ClinicCalendar, ClinicCalendars
from core.scheduler.leases import BeingSynced, CalendarPaused, SyncPaused
from core.scheduler.links import CalendarLinks, Due
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
ADDRESS = "clinic@example.com"


@pytest.fixture
def calendars(store: Store, clock: HandClock) -> ClinicCalendars:
    return ClinicCalendars(store, clock)


@pytest.fixture
def links(store: Store, clock: HandClock) -> CalendarLinks:
    return CalendarLinks(store, clock)


@pytest.fixture
def number(scheduler: AppointmentScheduler, clinic: MadeClinic) -> int:
    return scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, NINE)).appointment_id


def push(links: CalendarLinks) -> list[Due]:
    """Do all that is due, as a calendar that takes everything."""
    done = []
    while due := links.claim(1):
        done += due
        standing = (None, None) if not due[0].wanted else ("1", "a" * 64)
        assert links.record_success(due[0], etag=standing[0], content_hash=standing[1])
    return done


def synced(links: CalendarLinks, clinic: MadeClinic, number: int) -> int:
    link_id = links.request(clinic["reception"], number)
    push(links)
    return link_id


def fail(links: CalendarLinks, clock: HandClock, **more: object) -> Due:
    (due,) = links.claim(1)
    assert links.record_failure(due, kind="refused", sentence="No.", retry_at=clock() + timedelta(hours=1), **more)
    return due


def one(calendars: ClinicCalendars, clinic: MadeClinic, calendar_id: str) -> ClinicCalendar:
    return next(found for found in calendars.list(clinic["manager"]) if found.calendar_id == calendar_id)


def audited(store: Store) -> list[tuple[str, str]]:
    log = tables.audit_log
    rows = store.read(lambda connection: connection.execute(select(log.c.action, log.c.subject)).all())
    return [(action, subject) for action, subject in rows]


@pytest.mark.parametrize("name", ["patient", "doctor", "reception"])
def test_only_managers_may_look_and_change(calendars: ClinicCalendars, clinic: MadeClinic, name: str) -> None:
    who = clinic[name]
    for act in (
        lambda: calendars.list(who),
        lambda: calendars.overview(who),
        lambda: calendars.look_in(who, "clinic"),
        lambda: calendars.save(who, None, name="Mine"),
        lambda: calendars.moving(who, 1),
        lambda: calendars.assign(who, 1, None),
        lambda: calendars.one_for_each_doctor(who),
        lambda: calendars.one_for_all(who, "clinic"),
        lambda: calendars.remove(who, "clinic"),
        lambda: calendars.pause(who, ""),
        lambda: calendars.resume(who),
        lambda: calendars.try_again(who, "clinic"),
    ):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(SignInNeeded):
        calendars.list(clinic.visitor)


def test_the_list_tells_who_uses_a_calendar_and_what_waits(
    calendars: ClinicCalendars,
    links: CalendarLinks,
    scheduler: AppointmentScheduler,
    clinic: MadeClinic,
    number: int,
    clock: HandClock,
) -> None:
    calendars.save(clinic["manager"], None, name="Another")
    links.request(clinic["patient"], number)
    later = Booking("later", 2, 2, 1, NINE)
    links.request(clinic["reception"], scheduler.book_appointment(clinic["reception"], later).appointment_id)
    fail(links, clock)
    used, unused = calendars.list(clinic["manager"])
    assert [doctor.doctor_id for doctor in used.doctors] == [1, 2]
    assert (used.pending, used.failed, used.last_error, used.last_error_kind) == (2, 1, "No.", "refused")
    assert (unused.calendar_id, unused.doctors, unused.pending) == ("another", (), 0)
    clock.advance(hours=2)
    push(links)
    used = one(calendars, clinic, "clinic")
    assert (used.pending, used.failed, used.last_error, used.last_push_at) == (0, 0, None, clock())


def test_what_failed_is_listed_without_naming_the_patient(
    calendars: ClinicCalendars, links: CalendarLinks, clinic: MadeClinic, number: int, clock: HandClock
) -> None:
    assert calendars.overview(clinic["manager"]).failed == ()
    links.request(clinic["patient"], number)
    due = fail(links, clock)
    (failed,) = calendars.overview(clinic["manager"]).failed
    assert (failed.link_id, failed.appointment_id, failed.starts_at) == (due.link_id, number, NINE)
    assert (failed.calendar_name, failed.doctor_name, failed.wanted) == ("Clinic", "Dr. Sarah Johnson", True)
    assert (failed.sentence, failed.retry_at) == ("No.", clock() + timedelta(hours=1))
    assert "Patient" not in repr(failed)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Dr. Michael Chen", "dr-michael-chen"),
        ("  Zoë & Co. ", "zoe-co"),
        ("診療所", "calendar"),
        ("Clinic", "clinic-2"),
        ("../../etc", "etc"),
    ],
)
def test_a_built_in_calendar_gets_a_short_name(
    calendars: ClinicCalendars, clinic: MadeClinic, name: str, slug: str
) -> None:
    assert calendars.save(clinic["manager"], None, name=name) == slug
    assert one(calendars, clinic, slug).name == name.strip()


@pytest.mark.parametrize(
    "address", ["", "clinic", "clinic@", "a b@example.com", "https://calendar.google.com/x", "a@b", "x@y.z/../w"]
)
def test_a_calendar_at_google_needs_an_address(calendars: ClinicCalendars, clinic: MadeClinic, address: str) -> None:
    with pytest.raises(BadInput) as refused:
        calendars.save(clinic["manager"], None, name="G", provider="google", address=address, detail="full")
    assert refused.value.field == "address"


@pytest.mark.parametrize("address", [ADDRESS, " c_0123abc@group.calendar.google.com "])
def test_a_calendar_at_google_is_known_by_its_address(
    calendars: ClinicCalendars, clinic: MadeClinic, address: str
) -> None:
    who = clinic["manager"]
    made = calendars.save(who, None, name="G", provider="google", address=address, detail="private", auto=True)
    assert made == address.strip()
    found = one(calendars, clinic, made)
    assert (found.provider, found.detail, found.auto, found.prefix) == ("google", "private", True, False)
    with pytest.raises(BadInput, match="connected already"):
        calendars.save(who, None, name="G", provider="google", address=address.strip().upper(), detail="full")


@pytest.mark.parametrize("address", ["", "a/b", "..", "a b", "?x", "/etc/passwd", "http://10.0.0.1/x"])
def test_a_caldav_calendar_is_the_last_part_of_its_address(
    calendars: ClinicCalendars, clinic: MadeClinic, address: str
) -> None:
    who = clinic["manager"]
    with pytest.raises(BadInput):
        calendars.save(who, None, name="C", provider="caldav", address=address, detail="full")
    assert calendars.save(who, None, name="C", provider="caldav", address="/personal/", detail="full") == "personal"


@pytest.mark.parametrize("provider", ["google", "caldav"])
def test_an_outside_vendor_is_never_told_more_than_was_said(
    calendars: ClinicCalendars, clinic: MadeClinic, provider: str
) -> None:
    with pytest.raises(BadFields) as refused:
        calendars.save(clinic["manager"], None, name="", provider=provider, address=" ")
    assert set(refused.value.problems) == {"address", "name", "detail"}
    assert len(calendars.list(clinic["manager"])) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "x" * 201}, "name"),
        ({"name": "X", "detail": "everything"}, "detail"),
        ({"name": "X", "provider": "elsewhere"}, "provider"),
    ],
)
def test_what_is_unknown_is_refused(
    calendars: ClinicCalendars, clinic: MadeClinic, values: dict[str, str], field: str
) -> None:
    for calendar_id in (None, "clinic"):
        with pytest.raises(BadInput) as refused:
            calendars.save(clinic["manager"], calendar_id, **values)
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("change", "pending"),
    [
        ({"detail": "private"}, 1),
        ({"prefix": True}, 1),
        ({"name": "Renamed"}, 0),  # no event shows it
        ({"auto": True}, 0),
    ],
)
def test_what_shows_in_events_makes_them_due(
    calendars: ClinicCalendars, links: CalendarLinks, clinic: MadeClinic, number: int, change: dict, pending: int
) -> None:
    synced(links, clinic, number)
    calendars.save(clinic["manager"], "clinic", **({"name": "Clinic"} | change))
    assert links.pending() == pending
    found = one(calendars, clinic, "clinic")
    assert {name: getattr(found, name) for name in change} == change


def test_a_calendar_keeps_its_detail_and_its_place(calendars: ClinicCalendars, clinic: MadeClinic) -> None:
    who = clinic["manager"]
    calendars.save(who, "clinic", name="Clinic", detail="initials")
    calendars.save(who, "clinic", name="Clinic")
    assert one(calendars, clinic, "clinic").detail == "initials"
    with pytest.raises(BadInput, match="stays where it is"):
        calendars.save(who, "clinic", name="Clinic", provider="google", detail="full")
    with pytest.raises(NotFound):
        calendars.save(who, "nowhere", name="Clinic")


def test_a_doctors_events_move_to_the_new_calendar_by_themselves(
    calendars: ClinicCalendars,
    links: CalendarLinks,
    scheduler: AppointmentScheduler,
    clinic: MadeClinic,
    number: int,
) -> None:
    who = clinic["manager"]
    cancelled = scheduler.book_appointment(clinic["patient"], Booking("2", 1, 1, 1, NINE + timedelta(hours=1)))
    not_asked_for = Booking("3", 1, 1, 1, NINE + timedelta(hours=2))
    scheduler.book_appointment(clinic["patient"], not_asked_for)
    for asked in (number, cancelled.appointment_id):
        synced(links, clinic, asked)
    scheduler.cancel(clinic["reception"], cancelled.appointment_id)
    push(links)
    own = calendars.save(who, None, name="Own")
    assert calendars.moving(who, 1) == calendars.assign(who, 1, own) == 1
    assert {
        (due.calendar_id, due.wanted, due.appointment_id) for due in push(links) if due.appointment_id == number
    } == {
        ("clinic", False, number),
        (own, True, number),
    }
    assert [doctor.doctor_id for doctor in one(calendars, clinic, own).doctors] == [1]
    assert calendars.assign(who, 1, own) == 0
    assert links.pending() == 0


def test_events_of_the_past_stay_where_they_are(
    calendars: ClinicCalendars, links: CalendarLinks, clinic: MadeClinic, number: int, clock: HandClock
) -> None:
    synced(links, clinic, number)
    clock.advance(days=2)
    own = calendars.save(clinic["manager"], None, name="Own")
    assert calendars.assign(clinic["manager"], 1, own) == 0
    assert push(links) == []


def test_a_doctor_without_a_calendar_has_no_events(
    calendars: ClinicCalendars, links: CalendarLinks, clinic: MadeClinic, number: int
) -> None:
    synced(links, clinic, number)
    assert calendars.assign(clinic["manager"], 1, None) == 1
    assert [(due.calendar_id, due.wanted) for due in push(links)] == [("clinic", False)]
    calendars.assign(clinic["manager"], 1, "clinic")
    assert [(due.calendar_id, due.wanted) for due in push(links)] == [("clinic", True)]


@pytest.mark.parametrize(("doctor_id", "calendar_id"), [(9, "clinic"), (1, "nowhere")])
def test_nothing_unknown_is_assigned(
    calendars: ClinicCalendars, clinic: MadeClinic, doctor_id: int, calendar_id: str
) -> None:
    with pytest.raises(NotFound):
        calendars.assign(clinic["manager"], doctor_id, calendar_id)


def test_one_calendar_for_each_doctor_and_back(
    calendars: ClinicCalendars, links: CalendarLinks, clinic: MadeClinic, number: int
) -> None:
    who = clinic["manager"]
    calendars.save(who, "clinic", name="Clinic", detail="initials", auto=True, prefix=True)
    synced(links, clinic, number)
    assert calendars.one_for_each_doctor(who) == 1
    first, second, old = calendars.list(who)
    assert (first.calendar_id, first.name, first.detail, first.auto, first.prefix) == (
        "dr-michael-chen",
        "Dr. Michael Chen",
        "initials",
        True,
        False,
    )
    assert [[doctor.doctor_id for doctor in found.doctors] for found in (first, second, old)] == [[2], [1], []]
    assert calendars.one_for_each_doctor(who) == 0
    assert len(calendars.list(who)) == 3
    push(links)
    assert calendars.one_for_all(who, "clinic") == 1
    assert [len(found.doctors) for found in calendars.list(who)] == [2, 0, 0]
    assert {(due.calendar_id, due.wanted) for due in push(links)} == {("clinic", True), (second.calendar_id, False)}


def test_a_calendar_in_use_is_not_removed(calendars: ClinicCalendars, clinic: MadeClinic) -> None:
    with pytest.raises(CalendarInUse, match=r"Dr\. Sarah Johnson, Dr\. Michael Chen use this calendar"):
        calendars.remove(clinic["manager"], "clinic", leave_events=True)


def test_a_calendar_is_removed_once_nothing_stands_there(
    calendars: ClinicCalendars, links: CalendarLinks, clinic: MadeClinic, number: int, store: Store
) -> None:
    who = clinic["manager"]
    synced(links, clinic, number)
    own = calendars.save(who, None, name="Own")
    calendars.one_for_all(who, own)
    with pytest.raises(CalendarHoldsEvents) as refused:
        calendars.remove(who, "clinic")
    assert refused.value.count == 1
    push(links)
    calendars.remove(who, "clinic")
    assert [found.calendar_id for found in calendars.list(who)] == [own]
    with pytest.raises(NotFound):
        calendars.remove(who, "clinic")
    event = store.read(lambda connection: connection.execute(select(tables.appointments.c.calendar_event_id)).scalar())
    assert event is not None


def test_what_stands_in_a_removed_calendar_may_be_left_there(
    calendars: ClinicCalendars, links: CalendarLinks, clinic: MadeClinic, number: int, store: Store, clock: HandClock
) -> None:
    who = clinic["manager"]
    synced(links, clinic, number)
    busy = insert(tables.external_busy).values(
        calendar_id="clinic", event_id="x", starts_at=NINE, ends_at=NINE + timedelta(hours=1)
    )
    store.write(lambda connection: connection.execute(busy) and None)
    clock.advance(days=2)
    calendars.one_for_all(who, calendars.save(who, None, name="Own"))
    calendars.remove(who, "clinic", leave_events=True)
    event = store.read(lambda connection: connection.execute(select(tables.appointments.c.calendar_event_id)).scalar())
    assert event is None
    assert links.claim() == []


def test_looking_in_and_changing_stands_in_the_audit_log(
    calendars: ClinicCalendars, clinic: MadeClinic, store: Store
) -> None:
    who = clinic["manager"]
    assert calendars.look_in(who, "clinic").name == "Clinic"
    calendars.save(who, None, name="Own")
    calendars.assign(who, 1, "own")
    calendars.pause(who, "We moved.")
    calendars.resume(who)
    calendars.try_again(who, "clinic")
    calendars.assign(who, 1, None)
    calendars.remove(who, "own")
    assert audited(store) == [
        ("see_calendar_password", "calendar clinic"),
        ("save_calendar", "calendar own"),
        ("assign_calendar", "calendar own to doctor 1"),
        ("pause_sync", "clinic"),
        ("resume_sync", "clinic"),
        ("retry_calendar", "calendar clinic"),
        ("assign_calendar", "calendar none to doctor 1"),
        ("remove_calendar", "calendar own"),
    ]


def test_nothing_is_claimed_while_syncing_is_paused(
    calendars: ClinicCalendars, links: CalendarLinks, clinic: MadeClinic, number: int
) -> None:
    who = clinic["manager"]
    link_id = links.request(clinic["patient"], number)
    calendars.pause(who, "The database was restored.")
    assert calendars.overview(who).paused == "The database was restored."
    assert links.claim() == []
    assert links.claim_link(link_id) is None
    reason = links.why_unclaimed(link_id)
    assert isinstance(reason, SyncPaused)
    assert str(reason).startswith("Syncing is paused: The database was restored. The appointment is safe")
    calendars.resume(who)
    assert calendars.overview(who).paused is None
    assert len(push(links)) == 1
    assert links.why_unclaimed(link_id) is None


def test_a_calendar_that_asked_for_patience_rests_with_all_its_events(
    calendars: ClinicCalendars,
    links: CalendarLinks,
    scheduler: AppointmentScheduler,
    clinic: MadeClinic,
    number: int,
    clock: HandClock,
) -> None:
    who = clinic["manager"]
    link_id = links.request(clinic["patient"], number)
    until = clock() + timedelta(hours=1)
    fail(links, clock, pause_until=until)
    other = scheduler.book_appointment(clinic["reception"], Booking("o", 2, 2, 1, NINE)).appointment_id
    links.request(clinic["reception"], other)
    assert links.claim() == []
    assert str(links.why_unclaimed(link_id)).startswith("The calendar takes no changes until 08:00.")
    own = calendars.save(who, None, name="Own")
    calendars.assign(who, 2, own)
    assert [due.calendar_id for due in push(links)] == [own]
    clock.advance(hours=1)
    assert {due.calendar_id for due in push(links)} == {"clinic"}


def test_a_pause_into_another_day_names_the_day(
    links: CalendarLinks, clinic: MadeClinic, number: int, clock: HandClock
) -> None:
    link_id = links.request(clinic["patient"], number)
    fail(links, clock, pause_until=clock() + timedelta(days=1))
    reason = links.why_unclaimed(link_id)
    assert isinstance(reason, CalendarPaused)
    assert reason.fields["until"] == "2026-12-08 07:00"


def test_a_manager_may_end_a_pause_and_try_again(
    calendars: ClinicCalendars, links: CalendarLinks, clinic: MadeClinic, number: int, clock: HandClock
) -> None:
    links.request(clinic["patient"], number)
    fail(links, clock, pause_until=clock() + timedelta(hours=1))
    calendars.try_again(clinic["manager"], "clinic")
    assert one(calendars, clinic, "clinic").paused_until is None
    assert len(push(links)) == 1


def test_one_failure_is_tried_again_at_once(
    links: CalendarLinks, clinic: MadeClinic, number: int, clock: HandClock
) -> None:
    link_id = links.request(clinic["patient"], number)
    fail(links, clock)
    assert links.claim() == []
    for name in ("patient", "doctor", "reception"):
        with pytest.raises(NotAllowed):
            links.try_again(clinic[name], link_id)
    links.try_again(clinic["manager"], link_id)
    (due,) = links.claim()
    assert isinstance(links.why_unclaimed(due.link_id), BeingSynced)
    with pytest.raises(NotFound):
        links.try_again(clinic["manager"], 99)


def test_a_signed_out_manager_changes_nothing(calendars: ClinicCalendars, clinic: MadeClinic, store: Store) -> None:
    ended = update(tables.sessions).where(tables.sessions.c.account_id == clinic["manager"].account_id)
    store.write(lambda connection: connection.execute(ended.values(session_epoch=0)) and None)
    with pytest.raises(CareSlotError):
        calendars.assign(clinic["manager"], 1, None)


def test_asking_and_assigning_at_the_same_moment_leave_no_event_in_the_old_calendar(
    calendars: ClinicCalendars,
    links: CalendarLinks,
    scheduler: AppointmentScheduler,
    clinic: MadeClinic,
    store: Store,
) -> None:
    who = clinic["manager"]
    own = calendars.save(who, None, name="Own")
    together = Barrier(2)
    for turn in range(6):
        booking = Booking(f"turn-{turn}", 1, 1, 1, NINE + timedelta(minutes=30 * turn))
        asked = scheduler.book_appointment(clinic["reception"], booking).appointment_id
        there = own if turn % 2 == 0 else "clinic"

        def ask(appointment_id: int = asked) -> None:
            together.wait()
            links.request(clinic["reception"], appointment_id)

        def assign(calendar_id: str = there) -> None:
            together.wait()
            calendars.assign(who, 1, calendar_id)

        workers = [Thread(target=ask), Thread(target=assign)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        table = tables.calendar_links
        wanted = select(table.c.calendar_id).where(table.c.appointment_id == asked, table.c.wanted)
        assert store.read(lambda connection, query=wanted: connection.execute(query).scalars().all()) == [there]
