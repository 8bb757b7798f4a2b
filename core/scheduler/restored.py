"""What a restored database must not do by itself, and how a person finds out that it was restored."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from core.domain.clock import Clock
from core.domain.principal import SYSTEM
from core.domain.words import N_
from core.scheduler.audit import record_access
from core.scheduler.held import FREE
from core.scheduler.link_requests import make_asked_for
from core.scheduler.store import Store
from core.scheduler.tables import (
    access_tokens,
    appointments,
    audit_log,
    calendar_links,
    calendars,
    clinic,
    feeds,
    holds,
    sessions,
)

RESTORED = N_("The clinic was restored from a backup.")
_ACTION, _SUBJECT = "restore", "backup of "


def settle_restored(store: Store, made_at: datetime, clock: Clock) -> None:
    """Pause syncing until a person goes on, and let every coming appointment be compared with its calendar then.

    `made_at` is when the backup was made, aware, in UTC. Sessions, tokens, holds and feeds of that time are ended:
    somebody may have signed out since, lost a device, or stopped a feed.
    """

    def work(connection: Connection) -> None:
        now = clock()
        connection.execute(update(clinic).values(sync_paused_reason=RESTORED))
        # A link for each request: what it asked for may have been sent since, and is to be found under the link's id.
        make_asked_for(connection)
        connection.execute(update(calendar_links).values(lease_owner=None, lease_until=None))
        coming = select(appointments.c.appointment_id).where(appointments.c.ends_at > now)
        connection.execute(
            update(calendar_links)
            .where(calendar_links.c.appointment_id.in_(coming))
            # Without what both sides agreed on then, each is sent again, whatever stands there by now.
            .values(content_hash=None, wanted_revision=calendar_links.c.wanted_revision + 1, due_at=now, attempts=0)
        )
        # What was gone or in question then may be neither by now.
        connection.execute(update(calendar_links).values(FREE))
        connection.execute(update(calendars).values(cursor=None, vanished_at=None))
        connection.execute(update(sessions).where(sessions.c.revoked_at.is_(None)).values(revoked_at=now))
        connection.execute(update(feeds).where(feeds.c.revoked_at.is_(None)).values(revoked_at=now))
        connection.execute(delete(access_tokens))
        connection.execute(delete(holds))
        record_access(connection, SYSTEM, _ACTION, None, f"{_SUBJECT}{made_at.isoformat()}", now)

    store.write(work)


def restored_from(connection: Connection) -> datetime | None:
    """When the backup was made that the clinic was last restored from; aware, in UTC. None where it never was."""
    found = connection.scalar(
        select(audit_log.c.subject).where(audit_log.c.action == _ACTION).order_by(audit_log.c.audit_id.desc()).limit(1)
    )
    return datetime.fromisoformat(found.removeprefix(_SUBJECT)) if found else None
