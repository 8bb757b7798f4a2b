"""The tables. Names of the specification are kept: users, doctors, appointments, calendar_id, calendar_event_id."""

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from core.domain.appointment import LONGEST, OCCUPYING, Status
from core.domain.person_search import search_text
from core.scheduler.types import Instant, WallTime

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_ix",
        "uq": "%(table_name)s_%(column_0_N_name)s_uq",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_N_name)s_fk",
        "pk": "%(table_name)s_pk",
    }
)

OCCUPYING_SQL = ", ".join(f"'{status.value}'" for status in OCCUPYING)
STATUS_SQL = ", ".join(f"'{status.value}'" for status in Status)


def _required(name: str, *kind: Any, **more: Any) -> Column[Any]:
    return Column(name, *kind, nullable=False, **more)


def _search_text(context: Any) -> str:
    """What a new person is found by; whoever changes a person writes it anew."""
    person = context.get_current_parameters()
    return search_text(person["name"], person.get("email", ""), person.get("phone", ""), person.get("date_of_birth"))


clinic = Table(
    "clinic",
    metadata,
    Column("clinic_id", Integer, primary_key=True),
    _required("installation", String(36)),  # a UUID; part of every event id, so that two clinics never share one
    _required("name", Text),
    _required("address", Text, server_default=""),
    _required("phone", Text, server_default=""),
    _required("emergency", Text, server_default=""),
    _required("zone", Text),
    _required("notice_minutes", Integer),
    _required("horizon_days", Integer),
    _required("cutoff_minutes", Integer),
    _required("max_upcoming", Integer),
    _required("hold_minutes", Integer),
    _required("grid_minutes", Integer),
    _required("demo", Boolean, server_default=false()),
    Column("sync_paused_reason", Text),
    CheckConstraint("clinic_id = 1", name="only_one"),
)

users = Table(
    "users",
    metadata,
    Column("user_id", Integer, primary_key=True),
    _required("name", Text),
    _required("email", Text, server_default=""),
    _required("phone", Text, server_default=""),
    Column("date_of_birth", Date),
    _required("created_at", Instant),
    # Compared by bytes, so that people stand in the same order on both engines.
    _required(
        "search_text", Text().with_variant(Text(collation="C"), "postgresql"), server_default="", default=_search_text
    ),
    CheckConstraint("length(name) > 0", name="named"),
    Index("users_search_text_ix", "search_text"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Integer, primary_key=True),
    _required("email", Text),
    _required("password_hash", Text),
    _required("role", Text),
    Column("user_id", ForeignKey("users.user_id")),  # the account's own person
    _required("name", Text),
    _required("active", Boolean, server_default=true()),
    _required("session_epoch", Integer, server_default="1"),  # raising it signs out everywhere
    _required("failures", Integer, server_default="0"),
    Column("locked_until", Instant),
    Column("zone", Text),
    _required("language", Text, server_default="en"),
    _required("created_at", Instant),
    Column("last_signed_in_at", Instant),
    CheckConstraint("role IN ('patient', 'doctor', 'reception', 'manager')", name="role_known"),
    Index("accounts_email_uq", text("lower(email)"), unique=True),
)

account_users = Table(
    "account_users",
    metadata,
    Column("account_id", ForeignKey("accounts.account_id"), primary_key=True),
    Column("user_id", ForeignKey("users.user_id"), primary_key=True),
    _required("relation", Text),
    CheckConstraint("relation IN ('self', 'child', 'relative')", name="relation_known"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_id", Integer, primary_key=True),
    _required("token_hash", String(64), unique=True),  # SHA-256 of 256 random bits; the token is only in the cookie
    _required("account_id", Integer, ForeignKey("accounts.account_id")),
    _required("session_epoch", Integer),
    _required("created_at", Instant),
    _required("seen_at", Instant),
    _required("expires_at", Instant),
    Column("revoked_at", Instant),
    Index("sessions_account_ix", "account_id"),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("token_id", Integer, primary_key=True),
    _required("token_hash", String(64), unique=True),
    _required("purpose", Text),  # sign_in_ticket, first_manager, …
    Column("account_id", ForeignKey("accounts.account_id")),
    Column("binding_hash", String(64)),  # what the token is bound to, such as a nonce cookie
    Column("payload", Text),
    _required("created_at", Instant),
    _required("expires_at", Instant),
    Column("used_at", Instant),
)

calendar_connections = Table(
    "calendar_connections",
    metadata,
    Column("connection_id", Integer, primary_key=True),
    _required("provider", Text),
    _required("kind", Text),  # how CareSlot signs in
    _required("name", Text),
    _required("account", Text, server_default=""),  # the address to share calendars with, or the user's name
    _required("address", Text, server_default=""),  # of a CalDAV server: below it stand its calendars
    _required("sealed", Text),  # token, key or password, encrypted with CALENDAR_KEY
    Column("owner_id", ForeignKey("accounts.account_id")),  # a doctor's own; null: the clinic's
    _required("created_at", Instant),
    Column("created_by", ForeignKey("accounts.account_id")),
    Column("well_at", Instant),  # when it last worked
    Column("error_at", Instant),
    Column("error_kind", Text),
    Column("error", Text),
    CheckConstraint("provider IN ('google', 'caldav')", name="provider_known"),
    CheckConstraint("kind IN ('service_account', 'oauth', 'password')", name="kind_known"),
)

calendars = Table(
    "calendars",
    metadata,
    Column(
        "calendar_id", Text, primary_key=True
    ),  # the vendor's own: an address at Google, a slug in the built-in server
    _required("name", Text),
    _required("provider", Text),
    Column("connection_id", ForeignKey("calendar_connections.connection_id")),  # null: signed in by the settings
    _required("address", Text, server_default=""),  # all of it, where a connection's server has it
    _required("detail", Text, server_default="full"),
    _required("auto", Boolean, server_default=false()),
    _required("prefix", Boolean, server_default=false()),
    _required("foreign_blocks", Text, server_default="everyone"),  # whose time other people's events take
    Column("last_push_at", Instant),
    Column("last_error_at", Instant),
    Column("last_error_kind", Text),
    Column("last_error", Text),
    _required("failures", Integer, server_default="0"),  # in a row: many of them give the calendar a rest
    Column("paused_until", Instant),
    Column("cursor", Text),  # up to where its changes were applied here
    Column("listed_at", Instant),  # when all of it was last read
    Column("pulled_at", Instant),  # when its changes were last read
    Column("pull_due_at", Instant),  # null: at once
    _required("pull_attempts", Integer, server_default="0"),
    Column("pull_owner", Text),
    Column("pull_until", Instant),
    Column("pull_error_at", Instant),
    Column("pull_error_kind", Text),
    Column("pull_error", Text),
    Column("checked_at", Instant),  # when both sides were last compared completely
    _required("drift", Integer, server_default="0"),  # what that found to differ
    Column("vanished_at", Instant),  # many events were gone at once, and a person has to say why
    CheckConstraint("provider IN ('embedded', 'google', 'caldav', 'pipedream')", name="provider_known"),
    CheckConstraint("detail IN ('full', 'initials', 'private')", name="detail_known"),
    CheckConstraint("foreign_blocks IN ('everyone', 'nobody')", name="foreign_blocks_known"),
)

doctors = Table(
    "doctors",
    metadata,
    Column("doctor_id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.account_id"), unique=True),
    _required("name", Text),
    _required("specialty", Text, server_default=""),
    _required("room", Text, server_default=""),
    Column("calendar_id", ForeignKey("calendars.calendar_id")),
    _required("colour_id", String(2), server_default="10"),
    _required("active", Boolean, server_default=true()),
    CheckConstraint("length(name) > 0", name="named"),
)

visit_types = Table(
    "visit_types",
    metadata,
    Column("visit_type_id", Integer, primary_key=True),
    _required("name", Text),
    _required("minutes", Integer),
    _required("buffer_minutes", Integer, server_default="5"),
    _required("online", Boolean, server_default=true()),  # may be booked by patients themselves
    _required("remote", Boolean, server_default=false()),  # by video, not in a room
    _required("place", Text, server_default=""),  # a place, or the address of the video visit
    _required("active", Boolean, server_default=true()),
    _required("position", Integer, server_default="0"),
    CheckConstraint("minutes > 0 AND minutes <= 480", name="minutes_sensible"),
    CheckConstraint("buffer_minutes >= 0 AND buffer_minutes <= 120", name="buffer_sensible"),
)

doctor_visit_types = Table(
    "doctor_visit_types",
    metadata,
    Column("doctor_id", ForeignKey("doctors.doctor_id"), primary_key=True),
    Column("visit_type_id", ForeignKey("visit_types.visit_type_id"), primary_key=True),
)

opening_hours = Table(
    "opening_hours",
    metadata,
    Column("opening_hours_id", Integer, primary_key=True),
    _required("doctor_id", Integer, ForeignKey("doctors.doctor_id")),
    _required("weekday", Integer),  # 0 is Monday
    _required("opens", WallTime),
    _required("closes", WallTime),  # midnight means the end of the day
    Column("valid_from", Date),
    Column("valid_until", Date),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_known"),
    Index("opening_hours_doctor_ix", "doctor_id"),
)

closures = Table(
    "closures",
    metadata,
    Column("closure_id", Integer, primary_key=True),
    Column("doctor_id", ForeignKey("doctors.doctor_id")),  # null: the whole clinic
    _required("starts_at", Instant),
    _required("ends_at", Instant),
    _required("reason", Text, server_default=""),
    _required("source", Text, server_default="manual"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    CheckConstraint("source IN ('manual', 'calendar')", name="source_known"),
    Index("closures_time_ix", "ends_at", "starts_at"),
)

# When somebody else's events take time in a calendar. Whose time that is, its doctors and its setting say when asked.
external_busy = Table(
    "external_busy",
    metadata,
    Column("calendar_id", ForeignKey("calendars.calendar_id"), primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("starts_at", Instant, primary_key=True),
    _required("ends_at", Instant),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    Index("external_busy_calendar_ix", "calendar_id", "ends_at"),
    # The few that take longer than a day: all others end within a day of their start, which bounds every search.
    Index(
        "external_busy_long_ix",
        "calendar_id",
        "ends_at",
        sqlite_where=text("ends_at - starts_at > 86400"),
        postgresql_where=text("ends_at - starts_at > 86400"),
    ),
)

appointments = Table(
    "appointments",
    metadata,
    Column("appointment_id", Integer, primary_key=True),
    _required("user_id", Integer, ForeignKey("users.user_id")),
    _required("doctor_id", Integer, ForeignKey("doctors.doctor_id")),
    _required("visit_type_id", Integer, ForeignKey("visit_types.visit_type_id")),
    _required("starts_at", Instant),
    _required("ends_at", Instant),
    _required("occupied_until", Instant),
    _required("appointment_date", Date),  # this and the next two: the clinic's wall time, written with the instants
    _required("start_time", WallTime),
    _required("end_time", WallTime),
    _required("status", Text, server_default="scheduled"),
    _required("reason", Text, server_default=""),
    Column("calendar_event_id", Text),  # written with the link, by the same code
    _required("revision", Integer, server_default="1"),
    Column("series_id", Text),
    Column("booking_key", Text, unique=True),  # makes booking idempotent
    _required("created_at", Instant),
    Column("created_by", ForeignKey("accounts.account_id")),
    Column("checked_in_at", Instant),
    Column("started_at", Instant),
    Column("completed_at", Instant),
    Column("cancelled_at", Instant),
    Column("cancelled_by", Text),  # patient, doctor, reception, manager, calendar, system
    Column("cancel_reason", Text),
    _required("cancelled_late", Boolean, server_default=false()),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    CheckConstraint("occupied_until >= ends_at", name="occupied_past_end"),
    # A bound on the length makes the bounded look-back of every overlap search sound; the buffer is at most two hours.
    CheckConstraint(f"ends_at - starts_at <= {int(LONGEST.total_seconds())}", name="at_most_8_hours"),
    CheckConstraint("occupied_until - ends_at <= 7200", name="buffer_at_most_2_hours"),
    CheckConstraint(f"status IN ({STATUS_SQL})", name="status_known"),
    Index("appointments_doctor_time_ix", "doctor_id", "starts_at", "occupied_until", "status"),
    Index("appointments_user_time_ix", "user_id", "starts_at", "ends_at", "status"),
    Index("appointments_doctor_user_ix", "doctor_id", "user_id"),  # whom a doctor treats
    Index("appointments_date_ix", "appointment_date", "start_time"),
    Index(
        "appointments_unresolved_ix",
        "doctor_id",
        "ends_at",
        sqlite_where=text("status IN ('scheduled', 'checked_in', 'in_progress')"),
        postgresql_where=text("status IN ('scheduled', 'checked_in', 'in_progress')"),
    ),
)

holds = Table(
    "holds",
    metadata,
    Column("hold_id", Integer, primary_key=True),
    _required("holder", Text, unique=True),  # one live hold a visitor
    _required("doctor_id", Integer, ForeignKey("doctors.doctor_id")),
    _required("visit_type_id", Integer, ForeignKey("visit_types.visit_type_id")),
    _required("starts_at", Instant),
    _required("occupied_until", Instant),
    _required("hold_until", Instant),
    _required("extended", Boolean, server_default=false()),
    CheckConstraint("occupied_until > starts_at", name="ends_after_start"),
    Index("holds_doctor_ix", "doctor_id", "hold_until"),
)

appointment_history = Table(
    "appointment_history",
    metadata,
    Column("history_id", Integer, primary_key=True),
    _required("appointment_id", Integer, ForeignKey("appointments.appointment_id")),
    _required("at", Instant),
    Column("account_id", ForeignKey("accounts.account_id")),
    _required("role", Text),
    _required("action", Text),
    _required("why", Text, server_default=""),
    Column("before", JSON),
    _required("after", JSON),
    Index("appointment_history_appointment_ix", "appointment_id"),
)

medical_notes = Table(
    "medical_notes",
    metadata,
    Column("note_version_id", Integer, primary_key=True),
    _required("appointment_id", Integer, ForeignKey("appointments.appointment_id")),
    _required("version", Integer),
    _required("author_id", Integer, ForeignKey("accounts.account_id")),
    _required("author_name", Text),
    _required("at", Instant),
    _required("body", Text),
    _required("released", Boolean, server_default=false()),
    UniqueConstraint("appointment_id", "version", name="medical_notes_one_of_each_version"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("audit_id", Integer, primary_key=True),
    _required("at", Instant),
    Column("account_id", ForeignKey("accounts.account_id")),
    _required("role", Text),
    _required("action", Text),
    Column("subject_user_id", Integer),
    Column("subject", Text),  # kind and number of the record, never its content
)

link_requests = Table(
    "link_requests",  # links that are still to be made, asked for by bookings
    metadata,
    Column("appointment_id", Integer, ForeignKey("appointments.appointment_id"), primary_key=True, autoincrement=False),
    _required("calendar_id", Text, ForeignKey("calendars.calendar_id")),
    _required("requested_at", Instant),
)

calendar_links = Table(
    "calendar_links",
    metadata,
    Column("link_id", Integer, primary_key=True),
    _required("appointment_id", Integer, ForeignKey("appointments.appointment_id")),
    _required("calendar_id", Text, ForeignKey("calendars.calendar_id")),
    _required("wanted", Boolean, server_default=true()),  # false: the event is to be removed from this calendar
    _required("event_id", Text),
    _required("generation", Integer, server_default="1"),
    Column("etag", Text),
    Column("content_hash", String(64)),  # what both sides last agreed on; null while nothing stands there
    _required("wanted_revision", Integer, server_default="1"),  # raised whenever what should stand there may differ
    _required("mirrored_revision", Integer, server_default="0"),  # the wanted revision that the calendar last took
    Column("agreed_starts_at", Instant),  # when it stood there by that; null while nothing does
    Column("agreed_ends_at", Instant),
    Column("synced_at", Instant),
    Column("gone_at", Instant),  # when it was found to be gone from the calendar, without our doing
    Column("cancel_at", Instant),  # when its appointment is cancelled for that, unless somebody keeps it
    Column("held", Text),  # why nothing is sent until a person decides, or something changes here
    _required("requested_at", Instant),
    _required("due_at", Instant),
    _required("attempts", Integer, server_default="0"),
    Column("lease_owner", Text),
    Column("lease_until", Instant),
    Column("error_kind", Text),
    Column("error", Text),
    UniqueConstraint("appointment_id", "calendar_id", name="calendar_links_one_a_calendar"),
    UniqueConstraint("calendar_id", "event_id", name="calendar_links_one_an_event"),
    CheckConstraint("held IN ('conflict', 'gone', 'vanished')", name="held_known"),
    Index(
        "calendar_links_cancel_ix",
        "cancel_at",
        sqlite_where=text("cancel_at IS NOT NULL"),
        postgresql_where=text("cancel_at IS NOT NULL"),
    ),
    Index(
        "calendar_links_held_ix",
        "calendar_id",
        sqlite_where=text("held IS NOT NULL"),
        postgresql_where=text("held IS NOT NULL"),
    ),
    Index(
        "calendar_links_due_ix",
        "due_at",
        sqlite_where=text("wanted_revision > mirrored_revision"),
        postgresql_where=text("wanted_revision > mirrored_revision"),
    ),
)

calendar_conflicts = Table(
    "calendar_conflicts",
    metadata,
    Column("conflict_id", Integer, primary_key=True),
    _required("link_id", Integer, ForeignKey("calendar_links.link_id")),
    _required("kind", Text),
    _required("their_starts_at", Instant),  # as it stood in the calendar
    _required("their_ends_at", Instant),
    _required("our_starts_at", Instant),  # as it stood here
    _required("our_ends_at", Instant),
    _required("opened_at", Instant),
    Column("solved_at", Instant),
    Column("solution", Text),
    Column("solved_by", ForeignKey("accounts.account_id")),
    CheckConstraint("kind IN ('closed', 'past', 'taken', 'both_changed')", name="kind_known"),
    CheckConstraint("solution IN ('ours', 'theirs', 'other_time', 'superseded')", name="solution_known"),
    CheckConstraint("(solved_at IS NULL) = (solution IS NULL)", name="solved_somehow"),
    Index(
        "calendar_conflicts_open_uq",
        "link_id",
        unique=True,
        sqlite_where=text("solved_at IS NULL"),
        postgresql_where=text("solved_at IS NULL"),
    ),
)

# What was done in a calendar, or here, so that both agree again: kinds and numbers, never content.
calendar_mends = Table(
    "calendar_mends",
    metadata,
    Column("mend_id", Integer, primary_key=True),
    _required("at", Instant),
    _required("calendar_id", Text, ForeignKey("calendars.calendar_id")),
    Column("appointment_id", ForeignKey("appointments.appointment_id")),
    _required("what", Text),
    _required("why", Text),
    Column("account_id", ForeignKey("accounts.account_id")),  # null: CareSlot by itself
    Index("calendar_mends_calendar_ix", "calendar_id", "mend_id"),
)

calendar_channels = Table(
    "calendar_channels",
    metadata,
    Column("channel_id", String(36), primary_key=True),  # a UUID
    # The calendar and its sign-in when it was opened: it has to be ended also where these are no longer here.
    _required("calendar_id", Text),
    _required("provider", Text),
    Column("connection_id", Integer),
    _required("token_hash", String(64)),
    _required("resource_id", Text, server_default=""),  # Google's name for what is watched; it ends the channel
    _required("created_at", Instant),
    _required("expires_at", Instant),
    Column("stopped_at", Instant),
    Index("calendar_channels_calendar_ix", "calendar_id"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("feed_id", Integer, primary_key=True),
    _required("token_hash", String(64), unique=True),  # SHA-256 of 256 random bits; the token is only in the address
    Column("doctor_id", ForeignKey("doctors.doctor_id")),
    Column("user_id", ForeignKey("users.user_id")),
    _required("detail", Text, server_default="private"),
    _required("created_at", Instant),
    _required("created_by", Integer, ForeignKey("accounts.account_id")),
    Column("read_at", Instant),
    Column("revoked_at", Instant),
    CheckConstraint("(doctor_id IS NULL) <> (user_id IS NULL)", name="of_one"),
    CheckConstraint("detail IN ('full', 'initials', 'private')", name="detail_known"),
)

# What a patient has to hear of, and when: a change made in a calendar can be taken back before.
notices = Table(
    "notices",
    metadata,
    Column("notice_id", Integer, primary_key=True),
    _required("appointment_id", Integer, ForeignKey("appointments.appointment_id")),
    _required("kind", Text),
    _required("created_at", Instant),
    _required("tell_at", Instant),
    Column("before_starts_at", Instant),  # of a move
    Column("withdrawn_at", Instant),
    Column("seen_at", Instant),  # the patient read it
    CheckConstraint("kind IN ('moved', 'cancelled')", name="kind_known"),
    Index("notices_tell_ix", "tell_at"),
    Index(
        "notices_open_ix",
        "appointment_id",
        sqlite_where=text("withdrawn_at IS NULL AND seen_at IS NULL"),
        postgresql_where=text("withdrawn_at IS NULL AND seen_at IS NULL"),
    ),
)

# The figures: kept by triggers in the transaction of every change to an appointment, read by core.scheduler.figures.
# They refer to appointments' days, doctors and visit types without foreign keys, for they are derived and rebuildable.

visit_figures = Table(
    "visit_figures",
    metadata,
    Column("appointment_date", Date, primary_key=True),
    Column("doctor_id", Integer, primary_key=True, autoincrement=False),
    Column("visit_type_id", Integer, primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),  # of the start, in the clinic's wall time: 0 to 23
    Column("status", Text, primary_key=True),
    Column("late", Integer, primary_key=True, autoincrement=False),  # 1: cancelled later than the clinic's cut-off
    Column("lead_days", Integer, primary_key=True, autoincrement=False),  # whole days from booking to start, 0 to 91
    _required("visits", Integer),
    _required("minutes", Integer),  # without the buffer
    _required("buffer_minutes", Integer),
    sqlite_with_rowid=False,
)

hour_figures = Table(
    "hour_figures",
    metadata,
    Column("day", Date, primary_key=True),
    Column("doctor_id", Integer, primary_key=True, autoincrement=False),
    Column("visit_type_id", Integer, primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),  # 0 to 23, in the clinic's wall time
    _required("minutes", Integer),  # of appointments not cancelled that lie in this hour
    sqlite_with_rowid=False,
)

wait_figures = Table(
    "wait_figures",
    metadata,
    Column("appointment_date", Date, primary_key=True),
    Column("doctor_id", Integer, primary_key=True, autoincrement=False),
    Column("visit_type_id", Integer, primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),  # of the start, in the clinic's wall time: 0 to 23
    Column("stage", Text, primary_key=True),  # wait: checked in to started; cycle: checked in to completed
    Column("minutes", Integer, primary_key=True, autoincrement=False),  # whole, of visits with both stamps
    _required("visits", Integer),
    CheckConstraint("stage IN ('wait', 'cycle')", name="stage_known"),
    sqlite_with_rowid=False,
)

outside_hours = Table(
    "outside_hours",
    metadata,
    Column("appointment_id", ForeignKey("appointments.appointment_id"), primary_key=True),
    _required("appointment_date", Date),
    _required("doctor_id", Integer),
    _required("visit_type_id", Integer),
    _required("minutes", Integer),  # of the appointment that lie outside its doctor's bookable time; none with 0
    Index("outside_hours_date_ix", "appointment_date"),
)

availability_snapshots = Table(
    "availability_snapshots",
    metadata,
    Column("visit_type_id", Integer, primary_key=True, autoincrement=False),
    Column("doctor_id", Integer, primary_key=True, autoincrement=False),  # 0: whichever doctor is soonest
    Column("day", Date, primary_key=True),
    Column("days", Integer),  # calendar days to the third free slot; null: none within the booking horizon
    sqlite_with_rowid=False,
)

workers = Table(
    "workers",
    metadata,
    Column("worker_id", String(36), primary_key=True),  # a UUID, new with every start
    _required("started_at", Instant),
    _required("seen_at", Instant),
)
