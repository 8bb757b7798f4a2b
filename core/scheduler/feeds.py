"""Feeds: secret addresses under which a doctor's or a patient's appointments can be read by calendar programs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, insert, select, update

from core.domain.clock import Clock
from core.domain.errors import BadInput, NotFound
from core.domain.principal import Capability, NotAllowed, Principal, Role
from core.domain.words import N_
from core.scheduler.access import acts_for, require, require_doctor
from core.scheduler.audit import record_access
from core.scheduler.feed_contents import FeedContents, load_contents
from core.scheduler.store import DatabaseBusy, Store
from core.scheduler.tables import account_users, accounts, doctors, feeds
from core.scheduler.tokens import digest, new_token

DETAILS = ("full", "initials", "private")
READ_AGAIN = timedelta(hours=1)  # that it was read is written down no more often


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that can be read, of a doctor or of a person; instants are aware, in UTC.

    `read_at` is when a program last asked for it, to the hour; None before the first time. `maker` is the name of the
    account that made it, `mine` whether that is whoever asks.
    """

    feed_id: int
    doctor_id: int | None
    user_id: int | None
    detail: str
    created_at: datetime
    read_at: datetime | None
    maker: str
    mine: bool


class Feeds:
    """Making, listing and ending feeds, and what stands in them. Only the hash of a feed's token is kept."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def make_for_doctor(self, principal: Principal, doctor_id: int, detail: str) -> str:
        """A new feed of a doctor's appointments, its token; the one that this account had before ends.

        `detail` is full, initials or private. Raises NotFound for a doctor who is not active.
        """
        if detail not in DETAILS:
            raise BadInput(N_("Choose how much it tells."), "detail")

        def work(connection: Connection) -> str:
            fresh = require_doctor(connection, principal, Capability.CONNECT, doctor_id, self._clock)
            active = select(doctors.c.doctor_id).where(doctors.c.doctor_id == doctor_id, doctors.c.active)
            if connection.execute(active).first() is None:
                raise NotFound
            return self._make(connection, fresh, {"doctor_id": doctor_id, "detail": detail}, f"doctor {doctor_id}")

        return self._store.write(work)

    def make_for_person(self, principal: Principal, user_id: int) -> str:
        """A new feed of the appointments of a person whom the account acts for, its token; the one before ends."""

        def work(connection: Connection) -> str:
            fresh = self._require_person(connection, principal, user_id)
            return self._make(connection, fresh, {"user_id": user_id}, f"patient {user_id}")

        return self._store.write(work)

    def of_doctor(self, principal: Principal, doctor_id: int) -> tuple[Feed, ...]:
        """The doctor's feeds that can be read, whoever made them, the oldest first."""

        def work(connection: Connection) -> tuple[Feed, ...]:
            fresh = require_doctor(connection, principal, Capability.CONNECT, doctor_id, self._clock)
            return _load(connection, fresh, feeds.c.doctor_id == doctor_id)

        return self._store.read(work)

    def of_people(self, principal: Principal) -> tuple[Feed, ...]:
        """The feeds that this account made of its people and that can be read, the oldest first."""

        def work(connection: Connection) -> tuple[Feed, ...]:
            fresh = require(connection, principal, Capability.SEE_OWN_APPOINTMENTS, self._clock)
            return _load(connection, fresh, feeds.c.created_by == fresh.account_id, feeds.c.user_id.is_not(None))

        return self._store.read(work)

    def revoke(self, principal: Principal, feed_id: int) -> None:
        """End a feed at once; one that has ended is no error. Raises NotFound, NotAllowed."""

        def work(connection: Connection) -> None:
            require(connection, principal, Capability.OWN_ACCOUNT, self._clock)
            row = connection.execute(select(feeds).where(feeds.c.feed_id == feed_id)).first()
            if row is None:
                raise NotFound
            if row.doctor_id is not None:
                fresh = require_doctor(connection, principal, Capability.CONNECT, row.doctor_id, self._clock)
            else:
                fresh = require(connection, principal, Capability.SEE_OWN_APPOINTMENTS, self._clock)
                if row.created_by != fresh.account_id:
                    raise NotAllowed
            _end(connection, self._clock(), feeds.c.feed_id == feed_id)
            subject = f"doctor {row.doctor_id}" if row.doctor_id is not None else f"patient {row.user_id}"
            record_access(connection, fresh, "stop_feed", row.user_id, f"feed of {subject}", self._clock())

        self._store.write(work)

    def read(self, token: str) -> FeedContents | None:
        """What stands in the feed of this token.

        None where there is no such feed, it has ended, or its maker may not see these appointments any more.
        """
        now = self._clock()
        key = digest(token)

        def work(connection: Connection) -> tuple[FeedContents, int, datetime | None] | None:
            row = connection.execute(_live().where(feeds.c.token_hash == key)).first()
            if row is None:
                return None
            return load_contents(connection, row.doctor_id, row.user_id, row.detail, now), row.feed_id, row.read_at

        found = self._store.read(work)
        if found is None:
            return None
        contents, feed_id, read_at = found
        if read_at is None or read_at <= now - READ_AGAIN:
            self._note_reading(feed_id, now)
        return contents

    def _note_reading(self, feed_id: int, now: datetime) -> None:
        noted = update(feeds).where(feeds.c.feed_id == feed_id).values(read_at=now)
        try:
            self._store.write(lambda connection: connection.execute(noted) and None)
        except DatabaseBusy:
            return  # the next reading says it

    def _make(self, connection: Connection, fresh: Principal, whose: dict[str, int | str], subject: str) -> str:
        # Of two that are made at the same time one has to see the other.
        maker = select(accounts.c.account_id).where(accounts.c.account_id == fresh.account_id)
        connection.execute(maker.with_for_update(key_share=True))
        now, token = self._clock(), new_token()
        same = [feeds.c[name] == whose[name] for name in ("doctor_id", "user_id") if name in whose]
        _end(connection, now, feeds.c.created_by == fresh.account_id, *same)
        kept = {"token_hash": digest(token), "created_at": now, "created_by": fresh.account_id}
        connection.execute(insert(feeds).values(**kept, **whose))
        record_access(connection, fresh, "make_feed", None, f"feed of {subject}", now)
        return token

    def _require_person(self, connection: Connection, principal: Principal, user_id: int) -> Principal:
        fresh = require(connection, principal, Capability.SEE_OWN_APPOINTMENTS, self._clock)
        if not acts_for(connection, fresh, user_id):
            raise NotAllowed
        return fresh


def _live() -> Select[Any]:
    """Feeds that have not ended and whose makers may still see what stands in them.

    That is a doctor's, who is active, for the doctor's own account and for who still is a manager; and a person's for
    a patient's account that still acts for the person.
    """
    own_doctor = doctors.c.active & (
        (doctors.c.account_id == accounts.c.account_id) | (accounts.c.role == Role.MANAGER.value)
    )
    own_person = account_users.c.user_id.is_not(None) & (accounts.c.role == Role.PATIENT.value)
    return (
        select(
            feeds.c.feed_id,
            feeds.c.doctor_id,
            feeds.c.user_id,
            feeds.c.detail,
            feeds.c.created_at,
            feeds.c.read_at,
            accounts.c.name.label("maker"),
            feeds.c.created_by,
        )
        .select_from(feeds)
        .join(accounts, accounts.c.account_id == feeds.c.created_by)
        .outerjoin(doctors, doctors.c.doctor_id == feeds.c.doctor_id)
        .outerjoin(
            account_users,
            and_(account_users.c.account_id == feeds.c.created_by, account_users.c.user_id == feeds.c.user_id),
        )
        .where(feeds.c.revoked_at.is_(None), accounts.c.active, own_doctor | own_person)
        .order_by(feeds.c.feed_id)
    )


def _load(connection: Connection, fresh: Principal, *which: ColumnElement[bool]) -> tuple[Feed, ...]:
    found = []
    for row in connection.execute(_live().where(*which)).mappings():
        values = dict(row)
        found.append(Feed(mine=values.pop("created_by") == fresh.account_id, **values))
    return tuple(found)


def _end(connection: Connection, now: datetime, *which: ColumnElement[bool]) -> None:
    connection.execute(update(feeds).where(feeds.c.revoked_at.is_(None), *which).values(revoked_at=now))
