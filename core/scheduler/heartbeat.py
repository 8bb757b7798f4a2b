"""Workers tell that they live: each keeps one row, which it renews while it works and removes when it ends in order."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from core.scheduler.tables import workers

BEAT_EVERY = timedelta(seconds=10)
SILENT_AFTER = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(hours=1)


def beat(connection: Connection, worker_id: str, now: datetime) -> None:
    """The worker of this UUID lives at `now`."""
    seen = update(workers).where(workers.c.worker_id == worker_id).values(seen_at=now)
    if connection.execute(seen).rowcount == 0:
        connection.execute(insert(workers).values(worker_id=worker_id, started_at=now, seen_at=now))


def retire(connection: Connection, worker_id: str) -> None:
    """The worker ends."""
    connection.execute(delete(workers).where(workers.c.worker_id == worker_id))


def last_beat(connection: Connection) -> datetime | None:
    """When any worker was last seen; aware, in UTC."""
    return connection.execute(select(func.max(workers.c.seen_at))).scalar()


def count_alive(connection: Connection, now: datetime) -> int:
    """How many workers were seen lately."""
    alive = select(func.count()).select_from(workers).where(workers.c.seen_at >= now - SILENT_AFTER)
    return int(connection.execute(alive).scalar_one())


def forget_silent(connection: Connection, now: datetime) -> int:
    """Forget workers that were killed; how many there were."""
    return connection.execute(delete(workers).where(workers.c.seen_at < now - FORGOTTEN_AFTER)).rowcount
