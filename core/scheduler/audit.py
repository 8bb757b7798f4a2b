"""The audit log: who among the staff read or changed whose record. It holds numbers and actions, never content."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from core.domain.principal import Principal, Role
from core.scheduler.tables import audit_log


def record_access(
    connection: Connection, principal: Principal, action: str, subject_user_id: int | None, subject: str, now: datetime
) -> None:
    """Append one entry, such as ("read_notes", 7, "appointment 11"); patients' looks at their own data are not logged."""
    record_accesses(connection, principal, (action,), subject_user_id, subject, now)


def record_accesses(
    connection: Connection,
    principal: Principal,
    actions: Sequence[str],
    subject_user_id: int | None,
    subject: str,
    now: datetime,
) -> None:
    """The same for several things done at once with one record, an entry for each."""
    if principal.role in {Role.ANONYMOUS, Role.PATIENT}:
        return
    who = {"at": now, "account_id": principal.account_id, "role": principal.role.value}
    what = {"subject_user_id": subject_user_id, "subject": subject}
    connection.execute(insert(audit_log), [{**who, "action": action, **what} for action in actions])
