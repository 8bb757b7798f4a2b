"""The pages of the menu by those who see them, and the main steps within: their addresses in one clinic."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from core.domain.clock import system_clock
from core.domain.principal import SYSTEM, Principal
from core.scheduler.booking import AppointmentScheduler, SlotQuery
from core.scheduler.schedule import OPEN, Schedule
from core.scheduler.setup import ClinicSetup
from core.scheduler.store import Store, open_engine

Screen = tuple[str, str, dict[str, str]]
"""What it is, its page, and its query."""

_VISIT = {"visit": "1"}
_KEY = {"key": "measured-measured"}
_DAYS_AHEAD = 20
_SETUP = ("clinic", "doctors", "staff", "visits", "hours", "closures")
_CALENDARS = ("calendars", "doctors", "add")


def screens_of(url: str) -> list[tuple[str, list[Screen]]]:
    """Who visits, by the email of their account in the demo clinic at this address (empty for nobody), and their screens."""
    store = Store(open_engine(url))
    try:
        zone = ClinicSetup(store, system_clock).clinic().zone
        return list(_screens(*_free_time(store, zone), *_appointments(store, zone)))
    finally:
        store.dispose()


def _free_time(store: Store, zone: ZoneInfo) -> tuple[dict[str, str], dict[str, str]]:
    """The answers that choose a free time some weeks ahead, without the time and with it."""
    slots = AppointmentScheduler(store, system_clock).find_slots(Principal(), SlotQuery(int(_VISIT["visit"])))
    now = system_clock()
    slot = next(slot for slot in slots if (slot.starts_at - now).days >= _DAYS_AHEAD)
    day = {"doctor": str(slot.doctor_id), "day": slot.starts_at.astimezone(zone).date().isoformat()}
    return _VISIT | day, _VISIT | day | {"at": f"{slot.starts_at.timestamp():.0f}"} | _KEY


def _appointments(store: Store, zone: ZoneInfo) -> tuple[dict[str, str], dict[str, str]]:
    """The first doctor's first appointment of today, and the first patient's next one; empty where there is none."""
    schedule, now = Schedule(store, system_clock), system_clock()
    today = now.astimezone(zone).date()
    doctors = next(iter(schedule.between(SYSTEM, 1, today, today)), None)
    coming = (row for row in schedule.of_patient(SYSTEM, 1) if row.status in OPEN and row.starts_at > now)
    patients = next(coming, None)
    return (
        {} if doctors is None else {"appointment": str(doctors.appointment_id)},
        {} if patients is None else {"move": str(patients.appointment_id), "rev": str(patients.revision)},
    )


def _screens(
    day: dict[str, str], time: dict[str, str], opened: dict[str, str], moving: dict[str, str]
) -> Iterator[tuple[str, list[Screen]]]:
    book: list[Screen] = [
        ("Book", "book", {}),
        ("Book, with whom", "book", _VISIT),
        ("Book, which day", "book", {**_VISIT, "doctor": day["doctor"]}),
        ("Book, which day, any doctor", "book", {**_VISIT, "with": "anyone"}),
        ("Book, which time", "book", day),
    ]
    account: Screen = ("Your account", "account", {})
    mine: list[Screen] = [("My appointments", "my_appointments", {})]
    if moving:
        mine.append(("My appointments, moving", "my_appointments", moving))
    today: list[Screen] = [
        ("Today", "today", {}),
        ("Today, walk-in", "today", {"form": "walk_in"}),
        ("Today, what happened", "today", {"form": "outcomes"}),
    ]
    agenda: Screen = ("Agenda", "agenda", {})
    clinic: Screen = ("Clinic", "clinic", {})
    inside: list[Screen] = [("Today, an appointment", "today", opened), ("Agenda, an appointment", "agenda", opened)]
    yield "", [("Home", "home", {}), *book, ("Book, sign in", "book", time), ("Sign in", "sign_in", {})]
    yield "john.doe@example.com", [*mine, *book, ("Book, check", "book", time), account]
    yield "sarah.johnson@example.com", [*today, agenda, *(inside if opened else ()), clinic, account]
    yield "reception@example.com", [*today, agenda, ("Book, for whom", "book", time)]
    yield (
        "manager@example.com",
        [
            *(agenda, clinic, ("Clinic, what if", "clinic", {"part": "what-if"})),
            *((f"Setup, {part}", "setup", {"part": part}) for part in _SETUP),
            ("Setup, a doctor", "setup", {"part": "doctors", "doctor": "1"}),
            ("Setup, an account", "setup", {"part": "staff", "account": "2"}),
            ("Setup, a visit type", "setup", {"part": "visits", "type": "1"}),
            *((f"Calendars, {part}", "calendars", {"part": part}) for part in _CALENDARS),
        ],
    )
