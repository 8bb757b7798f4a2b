import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.domain.appointment import Status
from core.domain.errors import BadInput, NotFound
from core.domain.opening import HoursOverlap, OpeningHours
from core.domain.policy import Policy
from core.domain.principal import SYSTEM, NotAllowed, Principal, SignInNeeded
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking, SlotQuery
from core.scheduler.clinic import ClinicNotSetUp
from core.scheduler.clinic_details import POLICY_BOUNDS
from core.scheduler.hours import are_whole_days, part_of_days, whole_days
from core.scheduler.links import CalendarLinks
from core.scheduler.schedule import Schedule
from core.scheduler.setup import ClinicExists, ClinicSetup, Need
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

MORNING = OpeningHours(0, time(9), time(12))
TEN, ELEVEN = datetime(2026, 12, 8, 10, tzinfo=UTC), datetime(2026, 12, 8, 11, tzinfo=UTC)


DETAILS = {"name": "Riverside", "address": "", "phone": "", "emergency": ""}


@pytest.fixture
def setup(store: Store, clock: HandClock) -> ClinicSetup:
    return ClinicSetup(store, clock)


def met(setup: ClinicSetup) -> set[Need]:
    return {item.need for item in setup.checklist() if item.met}


def booked(scheduler: AppointmentScheduler, clinic: MadeClinic) -> int:
    return scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, TEN)).appointment_id


def test_a_clinic_is_opened_once_with_default_rules_and_a_calendar(setup: ClinicSetup) -> None:
    with pytest.raises(ClinicNotSetUp):
        setup.clinic()
    assert met(setup) == set()
    made = setup.create_clinic(SYSTEM, " Riverside ", "Europe/London", phone="555-0100", emergency="999")
    assert made == setup.clinic()
    assert (made.name, made.zone.key, made.policy, made.demo) == ("Riverside", "Europe/London", Policy(), False)
    assert met(setup) == {Need.CONTACT, Need.CALENDAR}
    with pytest.raises(ClinicExists):
        setup.create_clinic(SYSTEM, "Another", "Europe/London")


@pytest.mark.parametrize(
    ("name", "zone", "fields"),
    [
        ("", "Europe/London", {"name"}),
        ("Ours", "Mars/Base", {"zone"}),
        ("Ours", "", {"zone"}),
        ("Ours", "localtime", {"zone"}),
        (" " * 5, "../../etc/passwd", {"name", "zone"}),
        ("n" * 201, "Europe/London", {"name"}),
    ],
)
def test_a_clinic_needs_a_name_and_a_zone(setup: ClinicSetup, name: str, zone: str, fields: set[str]) -> None:
    with pytest.raises(BadInput) as refused:
        setup.create_clinic(SYSTEM, name, zone)
    assert set(refused.value.problems) == fields
    with pytest.raises(ClinicNotSetUp):
        setup.clinic()


def test_the_checklist_ends_when_everything_is_there(setup: ClinicSetup, clinic: MadeClinic) -> None:
    assert met(setup) == set(Need) - {Need.CONTACT}
    setup.save_clinic(
        clinic["manager"], name="Riverside", address="", phone="555-0100", emergency="999", policy=Policy()
    )
    assert met(setup) == set(Need)
    number = setup.save_doctor(clinic["manager"], None, name="Dr. Without Hours")
    assert met(setup) == set(Need) - {Need.HOURS}
    assert [item.lacking for item in setup.checklist() if item.need is Need.HOURS] == [(number,)]


def test_hours_that_have_run_out_and_visits_not_booked_online_don_t_count(
    setup: ClinicSetup, clinic: MadeClinic
) -> None:
    manager = clinic["manager"]
    setup.save_doctor(manager, 2, name="Dr. Michael Chen", active=False)
    setup.set_hours(manager, 1, [replace(MORNING, valid_until=date(2026, 12, 6))])
    setup.save_visit_type(manager, 1, name="Follow-up", minutes=20, online=False)
    setup.save_visit_type(manager, 2, name="Check-up", minutes=40, active=False)
    assert met(setup) == {Need.DOCTOR, Need.CALENDAR}
    setup.set_hours(manager, 1, [replace(MORNING, valid_until=date(2026, 12, 7))])
    setup.save_visit_type(manager, 1, name="Follow-up", minutes=20, doctor_ids=[])
    assert met(setup) == {Need.DOCTOR, Need.CALENDAR, Need.HOURS, Need.VISIT_TYPE}


USE_CASES: list[tuple[Callable[[ClinicSetup, Principal], object], set[str]]] = [
    (
        lambda s, who: s.save_clinic(who, name="N", address="", phone="555-0100", emergency="999", policy=Policy()),
        {"manager"},
    ),
    (lambda s, who: s.save_doctor(who, None, name="Dr. New"), {"manager"}),
    (lambda s, who: s.link_account(who, 1, None), {"manager"}),
    (lambda s, who: s.save_visit_type(who, None, name="New", minutes=30), {"manager"}),
    (lambda s, who: s.set_hours(who, 1, [MORNING]), {"manager", "doctor"}),
    (lambda s, who: s.add_closure(who, 1, TEN, ELEVEN), {"manager", "doctor"}),
    (lambda s, who: s.add_closure(who, None, TEN, ELEVEN), {"manager"}),
]


@pytest.mark.parametrize("name", ["patient", "doctor", "other_doctor", "reception", "manager"])
def test_who_may_ask_what(setup: ClinicSetup, clinic: MadeClinic, name: str) -> None:
    questions: list[tuple[Callable[[Principal], object], set[str]]] = [
        (lambda who: setup.doctor_choices(who, 1), {"manager"}),
        (lambda who: setup.appointments_within(who, None, TEN, ELEVEN), {"manager", "reception"}),
        (lambda who: setup.appointments_within(who, 1, TEN, ELEVEN), {"manager", "reception", "doctor"}),
    ]
    for question, allowed in questions:
        if name in allowed:
            question(clinic[name])
        else:
            with pytest.raises(NotAllowed):
                question(clinic[name])
        with pytest.raises(SignInNeeded):
            question(clinic.visitor)


@pytest.mark.parametrize("name", ["patient", "doctor", "reception"])
def test_only_a_manager_opens_the_clinic(setup: ClinicSetup, clinic: MadeClinic, name: str) -> None:
    with pytest.raises(NotAllowed):
        setup.create_clinic(clinic[name], "Ours", "Europe/London")
    with pytest.raises(SignInNeeded):
        setup.create_clinic(clinic.visitor, "Ours", "Europe/London")
    with pytest.raises(ClinicExists):
        setup.create_clinic(clinic["manager"], "Ours", "Europe/London")


@pytest.mark.parametrize("name", ["patient", "doctor", "other_doctor", "reception", "manager"])
def test_who_may_change_what(setup: ClinicSetup, clinic: MadeClinic, store: Store, name: str) -> None:
    done = 0
    for use_case, allowed in USE_CASES:
        if name in allowed:
            use_case(setup, clinic[name])
            done += 1
        else:
            with pytest.raises(NotAllowed):
                use_case(setup, clinic[name])
        with pytest.raises(SignInNeeded):
            use_case(setup, clinic.visitor)
    logged = store.read(lambda c: c.execute(select(tables.audit_log.c.role)).scalars().all())
    assert logged == [name] * done


def test_a_doctor_is_added_and_changed(setup: ClinicSetup, clinic: MadeClinic) -> None:
    number = setup.save_doctor(clinic["manager"], None, name="Dr. Ada Park", colour_id="3", visit_type_ids=[2])
    assert [kind.visit_type_id for kind in setup.visit_types(number)] == [2]
    setup.save_doctor(clinic["manager"], number, name="Dr. Ada Park", active=False)
    assert number not in {doctor.doctor_id for doctor in setup.doctors()}
    assert number in {doctor.doctor_id for doctor in setup.doctors(active=False)}
    assert [kind.visit_type_id for kind in setup.visit_types(number)] == [2]
    with pytest.raises(NotFound):
        setup.save_doctor(clinic["manager"], 99, name="Nobody")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"colour_id": "12"}, "colour_id"),
        ({"calendar_id": "elsewhere"}, "calendar_id"),
        ({"account_id": 1}, "account_id"),
        ({"account_id": 4}, "account_id"),
    ],
)
def test_an_unfit_doctor_is_refused(
    setup: ClinicSetup, clinic: MadeClinic, values: dict[str, str | int], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        setup.save_doctor(clinic["manager"], 1, **{"name": "Dr. Sarah Johnson", **values})  # type: ignore[arg-type]
    assert refused.value.field == field


def test_an_account_is_linked_to_one_doctor_and_let_go(setup: ClinicSetup, clinic: MadeClinic) -> None:
    manager = clinic["manager"]
    with pytest.raises(BadInput) as refused:
        setup.link_account(manager, 2, 3)
    assert refused.value.field == "account_id"
    setup.link_account(manager, 1, None)
    setup.link_account(manager, 2, 3)
    assert [(doctor.name, doctor.account_id) for doctor in setup.doctors()] == [
        ("Dr. Sarah Johnson", None),
        ("Dr. Michael Chen", 3),
    ]
    with pytest.raises(NotFound):
        setup.link_account(manager, 99, None)


def test_visit_types_are_offered_by_the_doctors_chosen(setup: ClinicSetup, clinic: MadeClinic) -> None:
    manager = clinic["manager"]
    number = setup.save_visit_type(manager, None, name="Vaccination", minutes=10, doctor_ids=[2])
    assert setup.offers() == {1: [1, 2], 2: [1, 2, number]}
    setup.save_visit_type(manager, number, name="Vaccination", minutes=10, active=False)
    assert setup.offers() == {1: [1, 2], 2: [1, 2, number]}
    assert number not in {kind.visit_type_id for kind in setup.visit_types()}
    assert number in {kind.visit_type_id for kind in setup.visit_types(active=False)}
    with pytest.raises(NotFound):
        setup.save_visit_type(manager, number, name="Vaccination", minutes=10, doctor_ids=[99])
    ours, new = setup.doctor_choices(manager, 2), setup.doctor_choices(manager, None)
    assert ours.visit_types == new.visit_types == setup.visit_types(active=False)
    assert (ours.offered, new.offered, ours.calendars) == ([number, 1, 2], [1, 2], {"clinic": "Clinic"})


@pytest.mark.parametrize(
    ("minutes", "buffer", "field"), [(0, 5, "minutes"), (481, 5, "minutes"), (30, 121, "buffer_minutes")]
)
def test_an_unfit_visit_type_is_refused(
    setup: ClinicSetup, clinic: MadeClinic, minutes: int, buffer: int, field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        setup.save_visit_type(clinic["manager"], None, name="New", minutes=minutes, buffer_minutes=buffer)
    assert refused.value.field == field


def test_unfit_rules_are_refused(setup: ClinicSetup, clinic: MadeClinic) -> None:
    with pytest.raises(BadInput) as refused:
        setup.save_clinic(
            clinic["manager"], name="N", address="", phone="", emergency="", policy=replace(Policy(), grid_minutes=0)
        )
    assert refused.value.field == "grid_minutes"


@pytest.mark.parametrize("field", POLICY_BOUNDS)
def test_a_rule_outside_its_bounds_is_refused_with_them(setup: ClinicSetup, clinic: MadeClinic, field: str) -> None:
    least, most = POLICY_BOUNDS[field]
    hours = field in {"notice_minutes", "cutoff_minutes"}
    for value, fits in ((least, True), (most, True), (least - 1, False), (most + 1, False)):
        save = partial(setup.save_clinic, clinic["manager"], **DETAILS, policy=replace(Policy(), **{field: value}))
        if fits:
            save()
            continue
        with pytest.raises(BadInput) as refused:
            save()
        told = refused.value.problems[field]
        assert [int(number) for number in re.findall(r"\d+", told)] == [
            bound // 60 if hours else bound for bound in (least, most)
        ]


@pytest.mark.parametrize(
    ("phone", "emergency", "wrong"),
    [
        ("", "", set()),
        ("555-0100", "911", set()),
        ("+44 20 7946 0123", "112", set()),
        ("(020) 7946 0123 ext. 12", "112 / 999", set()),
        ("555-0100 x4", "+44 20 7946 0123", set()),
        ("abc", "", {"phone"}),
        ("12", "", {"phone"}),
        ("555-0100 or 555-0101", "", {"phone"}),
        ("ext. 12", "", {"phone"}),
        ("", "<b>x*y*", {"emergency"}),
        ("", "9", {"emergency"}),
        ("", "--", {"emergency"}),
        ("abc", "abc", {"phone", "emergency"}),
    ],
)
def test_the_clinic_s_numbers_can_be_called(
    setup: ClinicSetup, clinic: MadeClinic, phone: str, emergency: str, wrong: set[str]
) -> None:
    told: set[str] = set()
    try:
        setup.save_clinic(clinic["manager"], **DETAILS | {"phone": phone, "emergency": emergency}, policy=Policy())
    except BadInput as refused:
        told = set(refused.problems)
    assert told == wrong


def test_what_calendars_show_is_due_again(
    setup: ClinicSetup, scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    CalendarLinks(store, clock).request(clinic["doctor"], booked(scheduler, clinic))

    def wanted() -> int:
        return store.read(lambda c: c.execute(select(tables.calendar_links.c.wanted_revision)).scalar_one())

    before = wanted()
    setup.save_visit_type(clinic["manager"], 1, name="Review", minutes=20)
    after_type = wanted()
    setup.save_doctor(clinic["manager"], 1, name="Dr. Sarah Jones", account_id=3)
    after_doctor = wanted()
    setup.save_doctor(clinic["manager"], 2, name="Dr. Michael Cheng", account_id=4)
    assert before < after_type < after_doctor == wanted()


def test_hours_are_replaced_whole_and_must_not_overlap(setup: ClinicSetup, clinic: MadeClinic) -> None:
    late = OpeningHours(0, time(14), time(0), date(2027, 1, 1))
    setup.set_hours(clinic["doctor"], 1, [late, MORNING])
    assert setup.hours(1) == [MORNING, late]
    with pytest.raises(HoursOverlap):
        setup.set_hours(clinic["doctor"], 1, [MORNING, OpeningHours(0, time(11), time(13))])
    with pytest.raises(BadInput):
        setup.set_hours(clinic["doctor"], 1, [OpeningHours(7, time(11), time(13))])
    assert setup.hours(1) == [MORNING, late]
    assert len(setup.hours(2)) == 10


def test_a_visit_may_run_over_where_two_opening_hours_meet(
    setup: ClinicSetup, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    december = OpeningHours(1, time(12), time(14), date(2026, 12, 1), date(2026, 12, 31))
    setup.set_hours(clinic["manager"], clinic.doctor, [OpeningHours(1, time(9), time(12)), december])
    scheduler, tuesday = AppointmentScheduler(store, clock), date(2026, 12, 8)
    offered = scheduler.find_slots(clinic["patient"], SlotQuery(clinic.check_up, clinic.doctor, tuesday, tuesday))
    starts = [slot.starts_at.hour * 60 + slot.starts_at.minute for slot in offered]
    assert starts == list(range(9 * 60, 13 * 60 + 16, 15))
    off_grid = datetime(2026, 12, 8, 11, 40, tzinfo=UTC)
    booking = Booking("key", clinic.patient, clinic.doctor, clinic.check_up, off_grid)
    assert scheduler.book_appointment(clinic["reception"], booking).starts_at == off_grid


def test_a_closure_flags_appointments_and_cancels_none(
    setup: ClinicSetup, scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    number = booked(scheduler, clinic)
    assert setup.add_closure(clinic["manager"], 2, TEN, ELEVEN) == []
    assert [row.appointment_id for row in setup.add_closure(clinic["doctor"], 1, TEN, ELEVEN, "Course")] == [number]
    assert [row.appointment_id for row in setup.add_closure(clinic["manager"], None, TEN, ELEVEN)] == [number]
    assert Schedule(store, clock).details(clinic["doctor"], number).status is Status.SCHEDULED
    with pytest.raises(BadInput):
        setup.add_closure(clinic["doctor"], 1, ELEVEN, TEN)


def test_the_appointments_in_a_time_are_listed(
    setup: ClinicSetup, scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    number = booked(scheduler, clinic)  # from 10:00 to 10:20
    ask = partial(setup.appointments_within, clinic["manager"])
    minute = timedelta(minutes=1)
    cases = [
        ((None, TEN, ELEVEN), True),
        ((1, TEN, ELEVEN), True),
        ((2, TEN, ELEVEN), False),
        ((None, TEN - 60 * minute, TEN), False),
        ((None, TEN - 60 * minute, TEN + minute), True),
        ((None, TEN + 19 * minute, ELEVEN), True),
        ((None, TEN + 20 * minute, ELEVEN), False),
    ]
    for asked, found in cases:
        assert [row.appointment_id for row in ask(*asked)] == [number] * found, asked
    scheduler.cancel(clinic["manager"], number, "Ill")
    assert ask(None, TEN, ELEVEN) == []


def test_a_reason_of_a_closure_is_short(setup: ClinicSetup, clinic: MadeClinic) -> None:
    with pytest.raises(BadInput) as refused:
        setup.add_closure(clinic["manager"], None, TEN, ELEVEN, "r" * 201)
    assert refused.value.field == "reason"


def test_days_and_parts_of_days_become_instants_of_the_zone() -> None:
    london = ZoneInfo("Europe/London")
    spring = date(2026, 3, 29)  # 23 hours long
    assert whole_days(spring, spring, london) == (
        datetime(2026, 3, 29, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 23, tzinfo=UTC),
    )
    assert part_of_days(spring, time(12), spring, time(0), london) == (
        datetime(2026, 3, 29, 11, tzinfo=UTC),
        datetime(2026, 3, 29, 23, tzinfo=UTC),
    )
    autumn = date(2026, 10, 25)  # 01:30 comes twice: the later one ends a closure
    assert part_of_days(autumn, time(1, 30), autumn, time(1, 30), london) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )
    assert are_whole_days(*whole_days(spring, autumn, london), london)
    assert not are_whole_days(*part_of_days(spring, time(0), spring, time(12), london), london)


def test_a_doctor_removes_own_closures_alone(setup: ClinicSetup, clinic: MadeClinic) -> None:
    setup.add_closure(clinic["doctor"], 1, TEN, ELEVEN)
    setup.add_closure(clinic["manager"], None, TEN, ELEVEN)
    own, whole = setup.closures(TEN.date(), TEN.date(), 1)
    assert setup.closures(TEN.date(), TEN.date(), 2) == [whole]
    assert setup.closures(date(2026, 12, 9), date(2026, 12, 9)) == []
    with pytest.raises(NotAllowed):
        setup.remove_closure(clinic["doctor"], whole.closure_id)
    setup.remove_closure(clinic["doctor"], own.closure_id)
    assert setup.closures(TEN.date(), TEN.date()) == [whole]
    with pytest.raises(NotFound):
        setup.remove_closure(clinic["manager"], own.closure_id)
