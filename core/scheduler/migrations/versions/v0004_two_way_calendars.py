"""Calendars are read as well as written: cursors, conflicts, mends, connections, feeds, and notices to patients."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from core.scheduler.types import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _must(name: str, kind: Any, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, **more)


def _may(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _fk(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"{table}_{column}_fk"))


def _pk(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"{table}_pk"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"{table}_{name}"))


def _partial(name: str, table: str, column: str, where: str, **more: Any) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where), **more)


def upgrade() -> None:
    _connections()
    _calendars()
    _links()
    _busy()
    _conflicts_and_mends()
    _channels_and_feeds()
    _notices()


def _connections() -> None:
    op.create_table(
        "calendar_connections",
        _must("connection_id", sa.Integer()),
        *(_must(name, sa.Text()) for name in ("provider", "kind", "name")),
        *(_must(name, sa.Text(), server_default="") for name in ("account", "address")),
        _must("sealed", sa.Text()),
        _may("owner_id", sa.Integer()),
        _must("created_at", Instant()),
        _may("created_by", sa.Integer()),
        _may("well_at", Instant()),
        _may("error_at", Instant()),
        _may("error_kind", sa.Text()),
        _may("error", sa.Text()),
        _check("calendar_connections", "kind_known", "kind IN ('service_account', 'oauth', 'password')"),
        _check("calendar_connections", "provider_known", "provider IN ('google', 'caldav')"),
        _fk("calendar_connections", "created_by", "accounts.account_id"),
        _fk("calendar_connections", "owner_id", "accounts.account_id"),
        _pk("calendar_connections", "connection_id"),
    )


def _calendars() -> None:
    # A name that already is the constraint's own: the convention would put the table before it once more.
    with op.batch_alter_table("calendars", reflect_kwargs={"resolve_fks": False}) as batch:
        batch.drop_constraint(op.f("calendars_provider_known"), type_="check")
        batch.create_check_constraint(
            op.f("calendars_provider_known"), "provider IN ('embedded', 'google', 'caldav', 'pipedream')"
        )
        batch.add_column(_may("connection_id", sa.Integer()))
        batch.create_foreign_key(
            op.f("calendars_connection_id_fk"), "calendar_connections", ["connection_id"], ["connection_id"]
        )
        batch.add_column(_must("address", sa.Text(), server_default=""))
        batch.add_column(_must("foreign_blocks", sa.Text(), server_default="everyone"))
        batch.create_check_constraint(
            op.f("calendars_foreign_blocks_known"), "foreign_blocks IN ('everyone', 'nobody')"
        )
        for name in ("failures", "pull_attempts", "drift"):
            batch.add_column(_must(name, sa.Integer(), server_default="0"))
        for name in ("cursor", "pull_owner", "pull_error_kind", "pull_error"):
            batch.add_column(_may(name, sa.Text()))
        for name in (
            *("listed_at", "pulled_at", "pull_due_at", "pull_until"),
            *("pull_error_at", "checked_at", "vanished_at"),
        ):
            batch.add_column(_may(name, Instant()))


def _links() -> None:
    with op.batch_alter_table("calendar_links", reflect_kwargs={"resolve_fks": False}) as batch:
        for name in ("agreed_starts_at", "agreed_ends_at", "gone_at", "cancel_at"):
            batch.add_column(_may(name, Instant()))
        batch.add_column(_may("held", sa.Text()))
        batch.create_check_constraint(op.f("calendar_links_held_known"), "held IN ('conflict', 'gone', 'vanished')")
    _partial("calendar_links_cancel_ix", "calendar_links", "cancel_at", "cancel_at IS NOT NULL")
    _partial("calendar_links_held_ix", "calendar_links", "calendar_id", "held IS NOT NULL")
    for name, of_appointment in (("agreed_starts_at", "starts_at"), ("agreed_ends_at", "ends_at")):
        op.execute(
            f"UPDATE calendar_links SET {name} = (SELECT a.{of_appointment} FROM appointments a "
            "WHERE a.appointment_id = calendar_links.appointment_id) "
            "WHERE content_hash IS NOT NULL AND mirrored_revision >= wanted_revision"
        )


def _busy() -> None:
    op.drop_table("external_busy")  # nothing was ever read from calendars
    op.create_table(
        "external_busy",
        _must("calendar_id", sa.Text()),
        _must("event_id", sa.Text()),
        _must("starts_at", Instant()),
        _must("ends_at", Instant()),
        _check("external_busy", "ends_after_start", "ends_at > starts_at"),
        _fk("external_busy", "calendar_id", "calendars.calendar_id"),
        _pk("external_busy", "calendar_id", "event_id", "starts_at"),
    )
    op.create_index("external_busy_calendar_ix", "external_busy", ["calendar_id", "ends_at"])
    longer = sa.text("ends_at - starts_at > 86400")
    op.create_index(
        "external_busy_long_ix",
        "external_busy",
        ["calendar_id", "ends_at"],
        sqlite_where=longer,
        postgresql_where=longer,
    )


def _conflicts_and_mends() -> None:
    op.create_table(
        "calendar_conflicts",
        _must("conflict_id", sa.Integer()),
        _must("link_id", sa.Integer()),
        _must("kind", sa.Text()),
        *(_must(name, Instant()) for name in ("their_starts_at", "their_ends_at", "our_starts_at", "our_ends_at")),
        _must("opened_at", Instant()),
        _may("solved_at", Instant()),
        _may("solution", sa.Text()),
        _may("solved_by", sa.Integer()),
        _check("calendar_conflicts", "kind_known", "kind IN ('closed', 'past', 'taken', 'both_changed')"),
        _check("calendar_conflicts", "solution_known", "solution IN ('ours', 'theirs', 'other_time', 'superseded')"),
        _check("calendar_conflicts", "solved_somehow", "(solved_at IS NULL) = (solution IS NULL)"),
        _fk("calendar_conflicts", "link_id", "calendar_links.link_id"),
        _fk("calendar_conflicts", "solved_by", "accounts.account_id"),
        _pk("calendar_conflicts", "conflict_id"),
    )
    _partial("calendar_conflicts_open_uq", "calendar_conflicts", "link_id", "solved_at IS NULL", unique=True)
    op.create_table(
        "calendar_mends",
        _must("mend_id", sa.Integer()),
        _must("at", Instant()),
        _must("calendar_id", sa.Text()),
        _may("appointment_id", sa.Integer()),
        _must("what", sa.Text()),
        _must("why", sa.Text()),
        _may("account_id", sa.Integer()),
        _fk("calendar_mends", "account_id", "accounts.account_id"),
        _fk("calendar_mends", "appointment_id", "appointments.appointment_id"),
        _fk("calendar_mends", "calendar_id", "calendars.calendar_id"),
        _pk("calendar_mends", "mend_id"),
    )
    op.create_index("calendar_mends_calendar_ix", "calendar_mends", ["calendar_id", "mend_id"])


def _channels_and_feeds() -> None:
    op.create_table(
        "calendar_channels",
        _must("channel_id", sa.String(length=36)),
        _must("calendar_id", sa.Text()),
        _must("provider", sa.Text()),
        _may("connection_id", sa.Integer()),
        _must("token_hash", sa.String(length=64)),
        _must("resource_id", sa.Text(), server_default=""),
        _must("created_at", Instant()),
        _must("expires_at", Instant()),
        _may("stopped_at", Instant()),
        _pk("calendar_channels", "channel_id"),
    )
    op.create_index("calendar_channels_calendar_ix", "calendar_channels", ["calendar_id"])
    op.create_table(
        "feeds",
        _must("feed_id", sa.Integer()),
        _must("token_hash", sa.String(length=64)),
        _may("doctor_id", sa.Integer()),
        _may("user_id", sa.Integer()),
        _must("detail", sa.Text(), server_default="private"),
        _must("created_at", Instant()),
        _must("created_by", sa.Integer()),
        _may("read_at", Instant()),
        _may("revoked_at", Instant()),
        _check("feeds", "detail_known", "detail IN ('full', 'initials', 'private')"),
        _check("feeds", "of_one", "(doctor_id IS NULL) <> (user_id IS NULL)"),
        _fk("feeds", "created_by", "accounts.account_id"),
        _fk("feeds", "doctor_id", "doctors.doctor_id"),
        _fk("feeds", "user_id", "users.user_id"),
        _pk("feeds", "feed_id"),
        sa.UniqueConstraint("token_hash", name=op.f("feeds_token_hash_uq")),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        _must("notice_id", sa.Integer()),
        _must("appointment_id", sa.Integer()),
        _must("kind", sa.Text()),
        _must("created_at", Instant()),
        _must("tell_at", Instant()),
        *(_may(name, Instant()) for name in ("before_starts_at", "withdrawn_at", "seen_at")),
        _check("notices", "kind_known", "kind IN ('moved', 'cancelled')"),
        _fk("notices", "appointment_id", "appointments.appointment_id"),
        _pk("notices", "notice_id"),
    )
    _partial("notices_open_ix", "notices", "appointment_id", "withdrawn_at IS NULL AND seen_at IS NULL")
    op.create_index("notices_tell_ix", "notices", ["tell_at"])
