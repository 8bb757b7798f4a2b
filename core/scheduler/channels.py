"""CalendarChannels: through which a vendor says that a calendar changed. Only the hash of a channel's token is kept."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Delete, Row, Update, delete, exists, insert, select, update

from core.domain.clock import Clock
from core.scheduler.pull_leases import running
from core.scheduler.store import Store
from core.scheduler.tables import calendar_channels, calendars, clinic
from core.scheduler.tokens import digest, new_token

LEASE = timedelta(minutes=5)
OVERLAP = timedelta(days=1)
APART = timedelta(seconds=2)
_KEPT = timedelta(days=1)


class Answered(StrEnum):
    """What a message that came through a channel turned out to be."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    WRONG_TOKEN = "wrong token"  # noqa: S105 - a word for the log
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel that is about to be opened on a calendar; its token is known only to whoever opens it."""

    channel_id: str
    token: str
    calendar_id: str
    name: str
    provider: str
    connection_id: int | None


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """A channel that stands at a vendor, and the sign-in that opened it; instants are aware, in UTC."""

    channel_id: str
    calendar_id: str
    provider: str
    connection_id: int | None
    resource_id: str
    created_at: datetime
    expires_at: datetime

    @property
    def renew_at(self) -> datetime:
        """From when on another one should stand beside it."""
        return self.expires_at - min(OVERLAP, (self.expires_at - self.created_at) / 4)


class CalendarChannels:
    """The channels of all calendars. What a worker begins stands here before the vendor hears of it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def begin(self, provider: str, *, but: frozenset[str] = frozenset()) -> NewChannel | None:
        """A channel for a calendar at the provider that has none or needs the next, other than these; None for none.

        For five minutes no other worker begins one for the same calendar. Nothing is begun while syncing is paused.
        """
        now = self._clock()
        wanted = select(calendars).where(
            calendars.c.provider == provider, calendars.c.calendar_id.not_in(but), running(now)
        )

        def work(connection: Connection) -> NewChannel | None:
            locked = connection.execute(wanted.with_for_update(key_share=True)).all()
            row = _first_uncovered(connection, locked, now)
            if row is None:
                return None
            which = {"calendar_id": row.calendar_id, "provider": provider, "connection_id": row.connection_id}
            made = NewChannel(str(uuid4()), new_token(), name=row.name, **which)
            values = {"channel_id": made.channel_id, "token_hash": digest(made.token), **which}
            connection.execute(insert(calendar_channels).values(**values, created_at=now, expires_at=now + LEASE))
            return made

        # Asked first: looking for work keeps no writer waiting.
        looked = self._store.read(
            lambda connection: _first_uncovered(connection, connection.execute(wanted).all(), now)
        )
        return None if looked is None else self._store.write(work)

    def opened(self, channel_id: str, resource_id: str, expires_at: datetime) -> None:
        """The vendor opened it until then (aware), and calls what it watches `resource_id`."""
        values = {"resource_id": resource_id, "expires_at": expires_at}
        self._change(update(calendar_channels).where(calendar_channels.c.channel_id == channel_id).values(**values))

    def failed(self, channel_id: str) -> None:
        """The vendor did not open it."""
        self._change(delete(calendar_channels).where(calendar_channels.c.channel_id == channel_id))

    def superfluous(self, providers: frozenset[str]) -> list[OpenChannel]:
        """Channels to be ended: a later one stands beside, or their calendar is not watched by that sign-in any more.

        `providers` are those whose calendars are watched. None while syncing is paused.
        """

        def work(connection: Connection) -> list[OpenChannel]:
            if connection.execute(select(exists().where(clinic.c.sync_paused_reason.is_not(None)))).scalar_one():
                return []
            known = {tuple(row) for row in connection.execute(_SIGN_INS) if row.provider in providers}
            found = _standing(connection, self._clock())
            newest = {_sign_in(channel): channel.channel_id for channel in found}
            return [
                channel
                for channel in found
                if _sign_in(channel) not in known or newest[_sign_in(channel)] != channel.channel_id
            ]

        return self._store.read(work)

    def stopped(self, channel_id: str) -> None:
        """It was ended at the vendor; what still comes through it is not listened to. Long ended ones are forgotten."""
        now = self._clock()
        ended = calendar_channels.c.channel_id == channel_id
        self._change(
            update(calendar_channels).where(ended).values(stopped_at=now),
            delete(calendar_channels).where(calendar_channels.c.expires_at < now - _KEPT),
        )

    def heard(self, channel_id: str, token: str) -> tuple[Answered, str | None]:
        """Whether a message came through one of our channels, and from which calendar; the token tells."""
        query = select(calendar_channels).where(calendar_channels.c.channel_id == channel_id)
        row = self._store.read(lambda connection: connection.execute(query).first())
        kept = digest("") if row is None else row.token_hash
        same = hmac.compare_digest(digest(token), kept)
        if row is None:
            return Answered.UNKNOWN, None
        if not same:
            return Answered.WRONG_TOKEN, None
        if row.stopped_at is not None or row.expires_at <= self._clock():
            return Answered.STOPPED, None
        return Answered.KNOWN, row.calendar_id

    def ask(self, calendar_id: str) -> None:
        """Let the calendar be read at once, though not more than every two seconds, for one change often brings more.

        One that failed lately is left to its own time.
        """

        def work(connection: Connection) -> None:
            this = calendars.c.calendar_id == calendar_id
            row = connection.execute(select(calendars.c.pulled_at).where(this)).first()
            if row is None:
                return
            due = max(self._clock(), row.pulled_at + APART) if row.pulled_at else self._clock()
            sooner = update(calendars).where(this, calendars.c.pull_due_at > due, calendars.c.pull_attempts == 0)
            connection.execute(sooner.values(pull_due_at=due))

        self._store.write(work)

    def _change(self, *statements: Update | Delete) -> None:
        def work(connection: Connection) -> None:
            for statement in statements:
                connection.execute(statement)

        self._store.write(work)


_SignIn = tuple[str, str, int | None]
_SIGN_INS = select(calendars.c.calendar_id, calendars.c.provider, calendars.c.connection_id)


def _sign_in(channel: OpenChannel) -> _SignIn:
    return channel.calendar_id, channel.provider, channel.connection_id


def _first_uncovered(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> Row[Any] | None:
    """The first of these calendars without a channel that is good for a while, and for which none is being opened."""
    begun = select(calendar_channels.c.calendar_id, calendar_channels.c.provider, calendar_channels.c.connection_id)
    being = begun.where(calendar_channels.c.resource_id == "", calendar_channels.c.expires_at > now)
    covered = {_sign_in(channel) for channel in _standing(connection, now) if channel.renew_at > now}
    covered |= {(row.calendar_id, row.provider, row.connection_id) for row in connection.execute(being)}
    return next((row for row in rows if (row.calendar_id, row.provider, row.connection_id) not in covered), None)


def _standing(connection: Connection, now: datetime) -> list[OpenChannel]:
    """The channels that were opened and have neither ended nor been stopped, the oldest first."""
    query = (
        select(
            calendar_channels.c.channel_id,
            calendar_channels.c.calendar_id,
            calendar_channels.c.provider,
            calendar_channels.c.connection_id,
            calendar_channels.c.resource_id,
            calendar_channels.c.created_at,
            calendar_channels.c.expires_at,
        )
        .where(
            calendar_channels.c.resource_id != "",
            calendar_channels.c.stopped_at.is_(None),
            calendar_channels.c.expires_at > now,
        )
        .order_by(calendar_channels.c.created_at, calendar_channels.c.channel_id)
    )
    return [OpenChannel(**row) for row in connection.execute(query).mappings()]
