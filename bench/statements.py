"""The statements that a use case sent, to be sent again by the raw driver: the same work for the database, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from core.scheduler.store import Store

Sent = list[tuple[str, Any]]


@contextmanager
def recording(store: Store) -> Iterator[Sent]:
    """Statements with their values, in the order in which they are sent; what begins and ends a transaction is left out."""
    sent: Sent = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_others: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append((statement, values))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def send(cursor: Any, sent: Sent) -> list[list[Any]]:
    """Send them again, and fetch all that they answer."""
    answers = []
    for statement, values in sent:
        cursor.execute(statement, values)
        answers.append(cursor.fetchall() if cursor.description else [])
    return answers
