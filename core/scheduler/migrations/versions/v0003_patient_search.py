"""People are found by any part of their name, email, phone or day of birth, through an index."""

import sqlalchemy as sa
from alembic import op

from core.domain.person_search import search_text
from core.scheduler import search_ddl

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHUNK = 10_000


def upgrade() -> None:
    connection = op.get_bind()
    kind = sa.Text(collation="C") if connection.dialect.name == "postgresql" else sa.Text()
    op.add_column("users", sa.Column("search_text", kind, server_default="", nullable=False))
    _fill(connection)
    op.create_index("users_search_text_ix", "users", ["search_text"], unique=False)
    for replaced in ("users_email_ix", "users_name_ix", "users_phone_ix"):
        op.drop_index(replaced, table_name="users")
    op.create_index("appointments_doctor_user_ix", "appointments", ["doctor_id", "user_id"], unique=False)
    if connection.dialect.name == "postgresql":
        for statement in search_ddl.POSTGRESQL:
            op.execute(statement)
    else:
        op.execute(search_ddl.SQLITE_TABLE)
        op.execute(search_ddl.SQLITE_FILL)


def _fill(connection: sa.Connection) -> None:
    """What everybody is found by, in portions."""
    users = sa.table(
        "users",
        sa.column("user_id", sa.Integer),
        *(sa.column(name, sa.Text) for name in ("name", "email", "phone", "search_text")),
        sa.column("date_of_birth", sa.Date),
    )
    query = sa.select(users.c.user_id, users.c.name, users.c.email, users.c.phone, users.c.date_of_birth)
    change = sa.update(users).where(users.c.user_id == sa.bindparam("number")).values(search_text=sa.bindparam("found"))
    last = 0
    while rows := connection.execute(query.where(users.c.user_id > last).order_by(users.c.user_id).limit(CHUNK)).all():
        connection.execute(change, [{"number": number, "found": search_text(*person)} for number, *person in rows])
        last = rows[-1].user_id
