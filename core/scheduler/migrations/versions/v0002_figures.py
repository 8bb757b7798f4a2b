"""The clinic's figures, daily snapshots of what is free, and workers that tell that they live."""

import sqlalchemy as sa
from alembic import op

from core.scheduler import rollup
from core.scheduler.types import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table(
        "visit_figures",
        sa.Column("appointment_date", sa.Date(), nullable=False),
        _key("doctor_id"),
        _key("visit_type_id"),
        _key("hour"),
        sa.Column("status", sa.Text(), nullable=False),
        _key("late"),
        _key("lead_days"),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "appointment_date",
            "doctor_id",
            "visit_type_id",
            "hour",
            "status",
            "late",
            "lead_days",
            name=op.f("visit_figures_pk"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hour_figures",
        sa.Column("day", sa.Date(), nullable=False),
        _key("doctor_id"),
        _key("visit_type_id"),
        _key("hour"),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "doctor_id", "visit_type_id", "hour", name=op.f("hour_figures_pk")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wait_figures",
        sa.Column("appointment_date", sa.Date(), nullable=False),
        _key("doctor_id"),
        _key("visit_type_id"),
        _key("hour"),
        sa.Column("stage", sa.Text(), nullable=False),
        _key("minutes"),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.CheckConstraint("stage IN ('wait', 'cycle')", name=op.f("wait_figures_stage_known")),
        sa.PrimaryKeyConstraint(
            "appointment_date",
            "doctor_id",
            "visit_type_id",
            "hour",
            "stage",
            "minutes",
            name=op.f("wait_figures_pk"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outside_hours",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("appointment_date", sa.Date(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.appointment_id"], name=op.f("outside_hours_appointment_id_fk")
        ),
        sa.PrimaryKeyConstraint("appointment_id", name=op.f("outside_hours_pk")),
    )
    op.create_index("outside_hours_date_ix", "outside_hours", ["appointment_date"], unique=False)
    op.create_table(
        "availability_snapshots",
        _key("visit_type_id"),
        _key("doctor_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("visit_type_id", "doctor_id", "day", name=op.f("availability_snapshots_pk")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "workers",
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("workers_pk")),
    )
    if op.get_bind().dialect.name == "postgresql":
        for statement in rollup.POSTGRESQL:
            op.execute(sa.DDL(statement.replace("%", "%%")))
    rollup.rebuild(op.get_bind())
