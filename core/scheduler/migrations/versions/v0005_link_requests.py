"""Bookings ask for their calendar in one small row; links are made of them beside."""

import sqlalchemy as sa
from alembic import op

from core.scheduler.types import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_requests",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Text(), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.appointment_id"], name=op.f("link_requests_appointment_id_fk")
        ),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendars.calendar_id"], name=op.f("link_requests_calendar_id_fk")),
        sa.PrimaryKeyConstraint("appointment_id", name=op.f("link_requests_pk")),
    )
