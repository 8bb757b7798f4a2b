"""How each of the clinic's calendars stands: who uses it, what waits, what failed and why."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, or_, select

from core.domain.appointment import Status
from core.domain.errors import NotFound
from core.scheduler.clinic import Doctor, load_doctors
from core.scheduler.own_use import own_of
from core.scheduler.signed_out import is_signed_out
from core.scheduler.tables import appointments, calendar_connections, calendar_links, calendars, doctors, link_requests
from core.scheduler.waiting import OUT_OF_STEP, WAITING


@dataclass(frozen=True, slots=True)
class CalendarSignIn:
    """The connection by which a calendar is reached: without a kind it is in the settings.

    `lost` tells that it is not taken any more, wherever it is.
    """

    kind: str = ""
    name: str = ""
    account: str = ""
    address: str = ""
    lost: bool = False


BY_SETTINGS = CalendarSignIn()


@dataclass(frozen=True, slots=True)
class ClinicCalendar:
    """A calendar and its state; instants are aware, in UTC.

    `pending` links differ from what stands there, `failed` of them met an error at the last try; `last_error` is that
    of the last push, gone with the next that succeeds. Nothing is pushed before `paused_until`.
    Without a `connection_id` its sign-in is in the settings; `address` is all of it where a connection's server has it.
    `own_of` is the doctor whose own it is, if it is. Of that and of `sign_in` only lists tell.
    """

    calendar_id: str
    name: str
    provider: str
    detail: str
    auto: bool
    prefix: bool
    doctors: tuple[Doctor, ...]
    last_push_at: datetime | None
    last_error_at: datetime | None
    last_error_kind: str | None
    last_error: str | None
    paused_until: datetime | None
    connection_id: int | None = None
    address: str = ""
    foreign_blocks: str = "everyone"
    sign_in: CalendarSignIn = BY_SETTINGS
    own_of: int | None = None
    pending: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class FailedLink:
    """An appointment that a calendar has not taken, or does not let go (`wanted` is false); tried again at `retry_at`."""

    link_id: int
    appointment_id: int
    calendar_id: str
    calendar_name: str
    doctor_name: str
    starts_at: datetime
    wanted: bool
    kind: str
    sentence: str
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class CalendarOverview:
    """All calendars, the first of what failed, and why nothing at all is pushed (None while syncing goes on).

    `restored_from` is when the backup was made, aware, in UTC, where a restore is why.
    """

    calendars: tuple[ClinicCalendar, ...]
    failed: tuple[FailedLink, ...]
    paused: str | None
    restored_from: datetime | None = None


_CALENDAR = select(
    calendars.c.calendar_id,
    calendars.c.name,
    calendars.c.provider,
    calendars.c.detail,
    calendars.c.auto,
    calendars.c.prefix,
    calendars.c.last_push_at,
    calendars.c.last_error_at,
    calendars.c.last_error_kind,
    calendars.c.last_error,
    calendars.c.paused_until,
    calendars.c.connection_id,
    calendars.c.address,
    calendars.c.foreign_blocks,
)


_SIGN_IN = (
    func.coalesce(calendar_connections.c.kind, "").label("kind"),
    func.coalesce(calendar_connections.c.name, "").label("sign_in_name"),
    func.coalesce(calendar_connections.c.account, "").label("account"),
    func.coalesce(calendar_connections.c.address, "").label("server"),
    is_signed_out().label("lost"),
)
_LISTED = _CALENDAR.add_columns(*_SIGN_IN, own_of().label("own_of")).outerjoin(
    calendar_connections, calendar_connections.c.connection_id == calendars.c.connection_id
)


def load_calendars(connection: Connection) -> tuple[ClinicCalendar, ...]:
    """All calendars, those that doctors use first, by name; in three queries, whatever is stored."""
    users: dict[str, list[Doctor]] = defaultdict(list)
    for doctor in load_doctors(connection, active=False):
        if doctor.calendar_id is not None:
            users[doctor.calendar_id].append(doctor)
    counts = {
        calendar_id: (pending, failed)
        for calendar_id, pending, failed in connection.execute(
            select(WAITING.c.calendar_id, func.count(), func.count(WAITING.c.error_kind)).group_by(
                WAITING.c.calendar_id
            )
        )
    }
    found = []
    for listed in connection.execute(_LISTED).mappings():
        row = dict(listed)
        sign_in = CalendarSignIn(*(row.pop(column.name) for column in _SIGN_IN))
        pending, failed = counts.get(row["calendar_id"], (0, 0))
        its = tuple(users[row["calendar_id"]])
        found.append(ClinicCalendar(**row, doctors=its, sign_in=sign_in, pending=pending, failed=failed))
    return tuple(
        sorted(found, key=lambda calendar: (not calendar.doctors, calendar.name.lower(), calendar.calendar_id))
    )


def load_calendar(connection: Connection, calendar_id: str, *, lock: bool = True) -> ClinicCalendar:
    """One calendar, without counts and doctors; NotFound where there is none. Whoever writes locks it against removal."""
    query = _CALENDAR.where(calendars.c.calendar_id == calendar_id)
    row = connection.execute(query.with_for_update(key_share=True) if lock else query).mappings().first()
    if row is None:
        raise NotFound
    return ClinicCalendar(**row, doctors=())


def load_failed(connection: Connection, limit: int) -> tuple[FailedLink, ...]:
    """What calendars have not taken, by the appointments' start; the first `limit` of it."""
    rows = connection.execute(
        select(
            calendar_links.c.link_id,
            calendar_links.c.appointment_id,
            calendar_links.c.calendar_id,
            calendars.c.name.label("calendar_name"),
            doctors.c.name.label("doctor_name"),
            appointments.c.starts_at,
            ((appointments.c.status != Status.CANCELLED.value) & calendar_links.c.wanted).label("wanted"),
            calendar_links.c.error_kind.label("kind"),
            func.coalesce(calendar_links.c.error, "").label("sentence"),
            calendar_links.c.due_at.label("retry_at"),
        )
        .select_from(calendar_links)
        .join(calendars, calendars.c.calendar_id == calendar_links.c.calendar_id)
        .join(appointments, appointments.c.appointment_id == calendar_links.c.appointment_id)
        .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
        .where(OUT_OF_STEP, calendar_links.c.error_kind.is_not(None))
        .order_by(appointments.c.starts_at, calendar_links.c.link_id)
        .limit(limit)
    )
    return tuple(FailedLink(**row) for row in rows.mappings())


def count_moving(connection: Connection, doctor_ids: Collection[int], now: datetime) -> int:
    """How many of the doctors' events from now on would follow into another calendar."""
    return int(
        connection.execute(
            select(func.count()).where(
                appointments.c.doctor_id.in_(doctor_ids),
                appointments.c.ends_at > now,
                appointments.c.status != Status.CANCELLED.value,
                or_(
                    exists().where(
                        calendar_links.c.appointment_id == appointments.c.appointment_id, calendar_links.c.wanted
                    ),
                    exists().where(link_requests.c.appointment_id == appointments.c.appointment_id),
                ),
            )
        ).scalar_one()
    )


def count_standing(connection: Connection, calendar_id: str) -> int:
    """How many events stand in the calendar, or may stand there because the last try told nothing."""
    stands = calendar_links.c.content_hash.is_not(None) | calendar_links.c.etag.is_not(None) | OUT_OF_STEP
    return int(
        connection.execute(
            select(func.count()).select_from(calendar_links).where(calendar_links.c.calendar_id == calendar_id, stands)
        ).scalar_one()
    )
