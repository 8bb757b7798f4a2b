"""The first tables."""

import sqlalchemy as sa
from alembic import op

from core.scheduler import ddl
from core.scheduler.types import Instant, WallTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("calendar_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="full", nullable=False),
        sa.Column("auto", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("prefix", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("last_push_at", Instant(), nullable=True),
        sa.Column("last_error_at", Instant(), nullable=True),
        sa.Column("last_error_kind", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.CheckConstraint("detail IN ('full', 'initials', 'private')", name=op.f("calendars_detail_known")),
        sa.CheckConstraint("provider IN ('embedded', 'google', 'caldav')", name=op.f("calendars_provider_known")),
        sa.PrimaryKeyConstraint("calendar_id", name=op.f("calendars_pk")),
    )
    op.create_table(
        "clinic",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("installation", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("emergency", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("cutoff_minutes", sa.Integer(), nullable=False),
        sa.Column("max_upcoming", sa.Integer(), nullable=False),
        sa.Column("hold_minutes", sa.Integer(), nullable=False),
        sa.Column("grid_minutes", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sync_paused_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("clinic_id = 1", name=op.f("clinic_only_one")),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("clinic_pk")),
    )
    op.create_table(
        "users",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("length(name) > 0", name=op.f("users_named")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("users_pk")),
    )
    op.create_index("users_phone_ix", "users", ["phone"], unique=False)
    op.create_table(
        "visit_types",
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), server_default="5", nullable=False),
        sa.Column("online", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("remote", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("buffer_minutes >= 0 AND buffer_minutes <= 120", name=op.f("visit_types_buffer_sensible")),
        sa.CheckConstraint("minutes > 0 AND minutes <= 480", name=op.f("visit_types_minutes_sensible")),
        sa.PrimaryKeyConstraint("visit_type_id", name=op.f("visit_types_pk")),
    )
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", Instant(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_signed_in_at", Instant(), nullable=True),
        sa.CheckConstraint("role IN ('patient', 'doctor', 'reception', 'manager')", name=op.f("accounts_role_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("accounts_user_id_fk")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("accounts_pk")),
    )
    op.create_table(
        "access_tokens",
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("binding_hash", sa.String(length=64), nullable=True),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("access_tokens_account_id_fk")),
        sa.PrimaryKeyConstraint("token_id", name=op.f("access_tokens_pk")),
        sa.UniqueConstraint("token_hash", name=op.f("access_tokens_token_hash_uq")),
    )
    op.create_table(
        "account_users",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.CheckConstraint("relation IN ('self', 'child', 'relative')", name=op.f("account_users_relation_known")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("account_users_account_id_fk")),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("account_users_user_id_fk")),
        sa.PrimaryKeyConstraint("account_id", "user_id", name=op.f("account_users_pk")),
    )
    op.create_table(
        "audit_log",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_user_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("audit_log_account_id_fk")),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("audit_log_pk")),
    )
    op.create_table(
        "doctors",
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("specialty", sa.Text(), server_default="", nullable=False),
        sa.Column("room", sa.Text(), server_default="", nullable=False),
        sa.Column("calendar_id", sa.Text(), nullable=True),
        sa.Column("colour_id", sa.String(length=2), server_default="10", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.CheckConstraint("length(name) > 0", name=op.f("doctors_named")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("doctors_account_id_fk")),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendars.calendar_id"], name=op.f("doctors_calendar_id_fk")),
        sa.PrimaryKeyConstraint("doctor_id", name=op.f("doctors_pk")),
        sa.UniqueConstraint("account_id", name=op.f("doctors_account_id_uq")),
    )
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("sessions_account_id_fk")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("sessions_pk")),
        sa.UniqueConstraint("token_hash", name=op.f("sessions_token_hash_uq")),
    )
    op.create_index("sessions_account_ix", "sessions", ["account_id"], unique=False)
    op.create_table(
        "appointments",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("occupied_until", Instant(), nullable=False),
        sa.Column("appointment_date", sa.Date(), nullable=False),
        sa.Column("start_time", WallTime(), nullable=False),
        sa.Column("end_time", WallTime(), nullable=False),
        sa.Column("status", sa.Text(), server_default="scheduled", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("calendar_event_id", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("series_id", sa.Text(), nullable=True),
        sa.Column("booking_key", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("checked_in_at", Instant(), nullable=True),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("completed_at", Instant(), nullable=True),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("cancelled_late", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "status IN ('scheduled', 'checked_in', 'in_progress', 'completed', 'cancelled', 'no_show')",
            name=op.f("appointments_status_known"),
        ),
        sa.CheckConstraint("ends_at - starts_at <= 28800", name=op.f("appointments_at_most_8_hours")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("appointments_ends_after_start")),
        sa.CheckConstraint("occupied_until - ends_at <= 7200", name=op.f("appointments_buffer_at_most_2_hours")),
        sa.CheckConstraint("occupied_until >= ends_at", name=op.f("appointments_occupied_past_end")),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.account_id"], name=op.f("appointments_created_by_fk")),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.doctor_id"], name=op.f("appointments_doctor_id_fk")),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("appointments_user_id_fk")),
        sa.ForeignKeyConstraint(
            ["visit_type_id"], ["visit_types.visit_type_id"], name=op.f("appointments_visit_type_id_fk")
        ),
        sa.PrimaryKeyConstraint("appointment_id", name=op.f("appointments_pk")),
        sa.UniqueConstraint("booking_key", name=op.f("appointments_booking_key_uq")),
    )
    op.create_index("appointments_date_ix", "appointments", ["appointment_date", "start_time"], unique=False)
    op.create_index(
        "appointments_doctor_time_ix",
        "appointments",
        ["doctor_id", "starts_at", "occupied_until", "status"],
        unique=False,
    )
    op.create_index(
        "appointments_unresolved_ix",
        "appointments",
        ["doctor_id", "ends_at"],
        unique=False,
        sqlite_where=sa.text("status IN ('scheduled', 'checked_in', 'in_progress')"),
        postgresql_where=sa.text("status IN ('scheduled', 'checked_in', 'in_progress')"),
    )
    op.create_index(
        "appointments_user_time_ix", "appointments", ["user_id", "starts_at", "ends_at", "status"], unique=False
    )
    op.create_table(
        "closures",
        sa.Column("closure_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="manual", nullable=False),
        sa.CheckConstraint("source IN ('manual', 'calendar')", name=op.f("closures_source_known")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("closures_ends_after_start")),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.doctor_id"], name=op.f("closures_doctor_id_fk")),
        sa.PrimaryKeyConstraint("closure_id", name=op.f("closures_pk")),
    )
    op.create_index("closures_time_ix", "closures", ["ends_at", "starts_at"], unique=False)
    op.create_table(
        "doctor_visit_types",
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.doctor_id"], name=op.f("doctor_visit_types_doctor_id_fk")),
        sa.ForeignKeyConstraint(
            ["visit_type_id"], ["visit_types.visit_type_id"], name=op.f("doctor_visit_types_visit_type_id_fk")
        ),
        sa.PrimaryKeyConstraint("doctor_id", "visit_type_id", name=op.f("doctor_visit_types_pk")),
    )
    op.create_table(
        "external_busy",
        sa.Column("calendar_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("external_busy_ends_after_start")),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendars.calendar_id"], name=op.f("external_busy_calendar_id_fk")),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.doctor_id"], name=op.f("external_busy_doctor_id_fk")),
        sa.PrimaryKeyConstraint("calendar_id", "event_id", "starts_at", name=op.f("external_busy_pk")),
    )
    op.create_index("external_busy_doctor_ix", "external_busy", ["doctor_id", "ends_at"], unique=False)
    op.create_table(
        "holds",
        sa.Column("hold_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("occupied_until", Instant(), nullable=False),
        sa.Column("hold_until", Instant(), nullable=False),
        sa.Column("extended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("occupied_until > starts_at", name=op.f("holds_ends_after_start")),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.doctor_id"], name=op.f("holds_doctor_id_fk")),
        sa.ForeignKeyConstraint(["visit_type_id"], ["visit_types.visit_type_id"], name=op.f("holds_visit_type_id_fk")),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("holds_pk")),
        sa.UniqueConstraint("holder", name=op.f("holds_holder_uq")),
    )
    op.create_index("holds_doctor_ix", "holds", ["doctor_id", "hold_until"], unique=False)
    op.create_table(
        "opening_hours",
        sa.Column("opening_hours_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", WallTime(), nullable=False),
        sa.Column("closes", WallTime(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("opening_hours_weekday_known")),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.doctor_id"], name=op.f("opening_hours_doctor_id_fk")),
        sa.PrimaryKeyConstraint("opening_hours_id", name=op.f("opening_hours_pk")),
    )
    op.create_index("opening_hours_doctor_ix", "opening_hours", ["doctor_id"], unique=False)
    op.create_table(
        "appointment_history",
        sa.Column("history_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("appointment_history_account_id_fk")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.appointment_id"], name=op.f("appointment_history_appointment_id_fk")
        ),
        sa.PrimaryKeyConstraint("history_id", name=op.f("appointment_history_pk")),
    )
    op.create_index("appointment_history_appointment_ix", "appointment_history", ["appointment_id"], unique=False)
    op.create_table(
        "calendar_links",
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="1", nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("wanted_revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("mirrored_revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("synced_at", Instant(), nullable=True),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("error_kind", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.appointment_id"], name=op.f("calendar_links_appointment_id_fk")
        ),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendars.calendar_id"], name=op.f("calendar_links_calendar_id_fk")),
        sa.PrimaryKeyConstraint("link_id", name=op.f("calendar_links_pk")),
        sa.UniqueConstraint("appointment_id", "calendar_id", name="calendar_links_one_a_calendar"),
        sa.UniqueConstraint("calendar_id", "event_id", name="calendar_links_one_an_event"),
    )
    op.create_index(
        "calendar_links_due_ix",
        "calendar_links",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("wanted_revision > mirrored_revision"),
        postgresql_where=sa.text("wanted_revision > mirrored_revision"),
    )
    op.create_table(
        "medical_notes",
        sa.Column("note_version_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("released", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.appointment_id"], name=op.f("medical_notes_appointment_id_fk")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.account_id"], name=op.f("medical_notes_author_id_fk")),
        sa.PrimaryKeyConstraint("note_version_id", name=op.f("medical_notes_pk")),
        sa.UniqueConstraint("appointment_id", "version", name="medical_notes_one_of_each_version"),
    )

    op.create_index("users_email_ix", "users", [sa.text("lower(email)")], unique=False)
    op.create_index("users_name_ix", "users", [sa.text("lower(name)")], unique=False)
    op.create_index("accounts_email_uq", "accounts", [sa.text("lower(email)")], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        for statement in ddl.POSTGRESQL:
            op.execute(sa.DDL(statement.replace("%", "%%")))
