"""Who may make, see and end a feed, and whose appointments stand in it for how long."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, event, insert, select, update

from core.domain.errors import BadInput, NotFound
from core.domain.principal import NotAllowed, Principal, SignInNeeded
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.feeds import Feeds
from core.scheduler.restored import settle_restored
from core.scheduler.store import Store
from core.scheduler.tokens import digest
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
PRIVATE = "private"


@pytest.fixture
def feeds(store: Store, clock: HandClock, clinic: MadeClinic) -> Feeds:
    return Feeds(store, clock)


def book(scheduler: AppointmentScheduler, who: Principal, hour: int = 9, user: int = 1, doctor: int = 1) -> int:
    starts_at = NINE.replace(hour=hour)
    booking = Booking(f"{starts_at} {doctor}", user, doctor, 1, starts_at)
    return scheduler.book_appointment(who, booking).appointment_id


def numbers(feeds: Feeds, token: str) -> list[int] | None:
    found = feeds.read(token)
    return None if found is None else [visit.appointment_id for visit in found.visits]


def change(store: Store, statement) -> None:
    store.write(lambda connection: connection.execute(statement) and None)


def test_a_doctors_feed_holds_the_doctors_appointments_and_nobody_elses(
    feeds: Feeds, scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    mine = book(scheduler, clinic["reception"], 9)
    book(scheduler, clinic["reception"], 10, doctor=2)
    token = feeds.make_for_doctor(clinic["doctor"], clinic.doctor, "full")
    assert numbers(feeds, token) == [mine]


def test_a_persons_feed_holds_that_persons_appointments_and_nobody_elses(
    feeds: Feeds, scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    mine = [book(scheduler, clinic["reception"], 9), book(scheduler, clinic["reception"], 10, doctor=2)]
    book(scheduler, clinic["reception"], 11, user=2)
    assert numbers(feeds, feeds.make_for_person(clinic["patient"], clinic.patient)) == mine


def test_the_database_knows_a_feeds_token_by_its_hash_only(feeds: Feeds, store: Store, clinic: MadeClinic) -> None:
    token = feeds.make_for_doctor(clinic["doctor"], clinic.doctor, PRIVATE)
    row = store.read(lambda connection: connection.execute(select(tables.feeds)).mappings().one())
    assert len(token) == 43  # 256 bits in base64
    assert row["token_hash"] == digest(token)
    assert token not in str(dict(row))


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "'; --", "ü"])
def test_what_is_no_token_opens_nothing(feeds: Feeds, clinic: MadeClinic, token: str) -> None:
    feeds.make_for_doctor(clinic["doctor"], clinic.doctor, PRIVATE)
    assert feeds.read(token) is None


def test_a_new_address_ends_the_one_before_and_no_other(feeds: Feeds, clinic: MadeClinic) -> None:
    others = [
        feeds.make_for_doctor(clinic["manager"], clinic.doctor, "full"),
        feeds.make_for_doctor(clinic["manager"], clinic.other_doctor, "full"),
        feeds.make_for_person(clinic["patient"], clinic.patient),
    ]
    first = feeds.make_for_doctor(clinic["doctor"], clinic.doctor, "full")
    second = feeds.make_for_doctor(clinic["doctor"], clinic.doctor, PRIVATE)
    assert feeds.read(first) is None
    assert all(feeds.read(token) for token in (*others, second))


@pytest.mark.parametrize(
    ("who", "doctor", "error"),
    [
        ("doctor", 2, NotAllowed),
        ("reception", 1, NotAllowed),
        ("patient", 1, NotAllowed),
        ("manager", 99, NotFound),
    ],
)
def test_doctors_make_their_own_feed_and_managers_any(
    feeds: Feeds, clinic: MadeClinic, who: str, doctor: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        feeds.make_for_doctor(clinic[who], doctor, PRIVATE)


@pytest.mark.parametrize("who", ["patient", "doctor", "reception", "manager"])
def test_nobody_makes_a_feed_of_a_person_they_do_not_act_for(feeds: Feeds, clinic: MadeClinic, who: str) -> None:
    with pytest.raises(NotAllowed):
        feeds.make_for_person(clinic[who], clinic.other_patient)


def test_a_visitor_has_to_sign_in_first(feeds: Feeds, clinic: MadeClinic) -> None:
    for attempt in (
        lambda: feeds.make_for_doctor(clinic.visitor, 1, PRIVATE),
        lambda: feeds.make_for_person(clinic.visitor, 1),
        lambda: feeds.of_doctor(clinic.visitor, 1),
        lambda: feeds.of_people(clinic.visitor),
        lambda: feeds.revoke(clinic.visitor, 1),
    ):
        with pytest.raises(SignInNeeded):
            attempt()


def test_how_much_it_tells_has_to_be_one_of_three(feeds: Feeds, clinic: MadeClinic) -> None:
    with pytest.raises(BadInput):
        feeds.make_for_doctor(clinic["doctor"], clinic.doctor, "everything")


def test_an_ended_feed_is_read_by_nobody_and_listed_no_more(feeds: Feeds, clinic: MadeClinic) -> None:
    token = feeds.make_for_doctor(clinic["doctor"], clinic.doctor, "initials")
    (feed,) = feeds.of_doctor(clinic["doctor"], clinic.doctor)
    assert (feed.detail, feed.mine, feed.maker, feed.read_at) == ("initials", True, "doctor", None)
    for _ in range(2):
        feeds.revoke(clinic["doctor"], feed.feed_id)
    assert feeds.read(token) is None
    assert feeds.of_doctor(clinic["doctor"], clinic.doctor) == ()


def test_a_doctor_sees_and_ends_what_a_manager_made_of_the_schedule(feeds: Feeds, clinic: MadeClinic) -> None:
    token = feeds.make_for_doctor(clinic["manager"], clinic.doctor, "full")
    (feed,) = feeds.of_doctor(clinic["doctor"], clinic.doctor)
    assert (feed.mine, feed.maker) == (False, "manager")
    with pytest.raises(NotAllowed):
        feeds.revoke(clinic["other_doctor"], feed.feed_id)
    feeds.revoke(clinic["doctor"], feed.feed_id)
    assert feeds.read(token) is None


def test_a_patients_feed_is_seen_and_ended_by_its_maker_alone(feeds: Feeds, clinic: MadeClinic) -> None:
    token = feeds.make_for_person(clinic["patient"], clinic.patient)
    (feed,) = feeds.of_people(clinic["patient"])
    assert feeds.of_people(clinic["other_patient"]) == ()
    for who in ("other_patient", "doctor", "manager"):
        with pytest.raises(NotAllowed):
            feeds.revoke(clinic[who], feed.feed_id)
    assert feeds.read(token) is not None
    feeds.revoke(clinic["patient"], feed.feed_id)
    assert feeds.read(token) is None
    with pytest.raises(NotFound):
        feeds.revoke(clinic["patient"], 99)


NO_LONGER = {
    "the doctor has left": update(tables.doctors).where(tables.doctors.c.doctor_id == 1).values(active=False),
    "the doctor has another account": update(tables.doctors)
    .where(tables.doctors.c.doctor_id == 1)
    .values(account_id=5),
    "the account is closed": update(tables.accounts).values(active=False),
}


@pytest.mark.parametrize("how", NO_LONGER)
def test_a_doctors_feed_ends_when(feeds: Feeds, store: Store, clinic: MadeClinic, how: str) -> None:
    token = feeds.make_for_doctor(clinic["doctor"], clinic.doctor, PRIVATE)
    assert feeds.read(token) is not None
    change(store, NO_LONGER[how])
    assert feeds.read(token) is None


def test_a_managers_feed_ends_with_the_role(feeds: Feeds, store: Store, clinic: MadeClinic) -> None:
    token = feeds.make_for_doctor(clinic["manager"], clinic.doctor, PRIVATE)
    manager = tables.accounts.c.account_id == clinic["manager"].account_id
    change(store, update(tables.accounts).where(manager).values(role="reception"))
    assert feeds.read(token) is None


def test_a_feed_of_a_person_ends_when_the_account_no_longer_acts_for_them(
    feeds: Feeds, store: Store, clinic: MadeClinic
) -> None:
    child = {"account_id": clinic["patient"].account_id, "user_id": clinic.other_patient}
    change(store, insert(tables.account_users).values(**child, relation="child"))
    own = feeds.make_for_person(clinic["patient"], clinic.patient)
    token = feeds.make_for_person(clinic["patient"], clinic.other_patient)
    assert len(feeds.of_people(clinic["patient"])) == 2
    lost = (tables.account_users.c.account_id == child["account_id"]) & (tables.account_users.c.relation == "child")
    change(store, delete(tables.account_users).where(lost))
    assert feeds.read(token) is None
    assert feeds.read(own) is not None
    assert len(feeds.of_people(clinic["patient"])) == 1


def test_thirty_days_back_are_told_and_all_that_is_to_come(
    feeds: Feeds, scheduler: AppointmentScheduler, clock: HandClock, clinic: MadeClinic
) -> None:
    number = book(scheduler, clinic["reception"])
    token = feeds.make_for_person(clinic["patient"], clinic.patient)
    for days, told in ((0, True), (29, True), (30, True), (32, False)):
        clock.now = NINE + timedelta(days=days)
        assert numbers(feeds, token) == ([number] if told else []), days


def test_what_was_cancelled_is_told_with_when_that_was(
    feeds: Feeds, scheduler: AppointmentScheduler, clock: HandClock, clinic: MadeClinic
) -> None:
    booked_at = clock.now
    number = book(scheduler, clinic["reception"])
    token = feeds.make_for_doctor(clinic["doctor"], clinic.doctor, PRIVATE)
    (before,) = feeds.read(token).visits
    clock.advance(hours=1)
    scheduler.cancel(clinic["reception"], number)
    (after,) = feeds.read(token).visits
    assert (before.cancelled, before.changed_at) == (False, booked_at)
    assert (after.cancelled, after.changed_at) == (True, clock.now)
    assert after.revision > before.revision


def test_that_a_feed_was_read_is_noted_once_an_hour(
    feeds: Feeds, clock: HandClock, store: Store, clinic: MadeClinic
) -> None:
    token = feeds.make_for_doctor(clinic["doctor"], clinic.doctor, PRIVATE)
    first = clock.now
    for minutes, noted in ((0, 0), (59, 0), (1, 60)):
        clock.advance(minutes=minutes)
        feeds.read(token)
        (feed,) = feeds.of_doctor(clinic["doctor"], clinic.doctor)
        assert feed.read_at == first + timedelta(minutes=noted)


def test_the_audit_log_knows_who_made_and_ended_a_doctors_feed(feeds: Feeds, store: Store, clinic: MadeClinic) -> None:
    feeds.make_for_doctor(clinic["manager"], clinic.doctor, "full")
    (feed,) = feeds.of_doctor(clinic["manager"], clinic.doctor)
    feeds.revoke(clinic["manager"], feed.feed_id)
    query = select(tables.audit_log.c.action, tables.audit_log.c.subject, tables.audit_log.c.account_id)
    told = store.read(lambda connection: [tuple(row) for row in connection.execute(query)])
    manager = clinic["manager"].account_id
    assert told == [("make_feed", "feed of doctor 1", manager), ("stop_feed", "feed of doctor 1", manager)]


def test_a_stranger_costs_one_question(feeds: Feeds, store: Store, clinic: MadeClinic) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        asked.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    feeds.read("x" * 43)
    event.remove(store.engine, "before_cursor_execute", note)
    assert len([one for one in asked if one.startswith("SELECT feeds.")]) == len(asked) == 1


def test_after_a_restore_no_feed_of_before_is_read(
    feeds: Feeds, store: Store, clock: HandClock, clinic: MadeClinic
) -> None:
    token = feeds.make_for_doctor(clinic["doctor"], clinic.doctor, PRIVATE)
    settle_restored(store, clock() - timedelta(days=1), clock)
    assert feeds.read(token) is None
