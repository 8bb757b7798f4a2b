"""What visitors do: patients walk through a booking, doctors keep a page of their day open."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from sqlalchemy import Connection, func, insert, select

from bench.load_visitor import Disconnected, Visitor
from core.domain.clock import Clock
from core.scheduler import tables
from core.scheduler.demo.load import PASSWORD
from core.scheduler.store import Store

_SIGN_IN = "FormSubmitter:book_sign_in"
# What leads on, whatever the page shows; a way out of trouble goes before the button that ran into it.
_FORWARD = (
    "book_nearest_",
    "book_other_times",
    "book_confirm",
    _SIGN_IN,
    "book_visit_",
    "book_doctor_",
    "book_day_",
    "book_time_",
)
_MOST_STEPS = 60
Pause = Callable[[], Awaitable[None]]


class Stuck(Exception):
    """The page offers no way on, or says that the program failed."""


@dataclass
class Walk:
    """A patient on the way through bookings, in a tab of their own; what came of it is counted."""

    visitor: Visitor
    email: str
    chance: Random
    pause: Pause
    booked: list[int] = field(default_factory=list)
    sign_ins: int = 0
    reconnects: int = 0
    taken: int = 0

    async def book(self) -> int:
        """Choose until an appointment is booked; its number. Goes on wherever the visit finds itself after a cut."""
        await self._patiently(lambda: self.visitor.open("book"))
        for _ in range(_MOST_STEPS):
            if troubles := self.visitor.screen.troubles():
                raise Stuck(troubles)
            number = self.visitor.screen.query.get("booked")
            if number is not None:
                self.booked.append(int(number))
                return int(number)
            await self.pause()
            await self._patiently(self._step)
        raise Stuck(self.visitor.screen.words())

    async def _step(self) -> None:
        screen = self.visitor.screen
        self.taken += bool(screen.buttons("book_nearest_"))
        for key in _FORWARD:
            if not (offered := screen.buttons(key)):
                continue
            if key == _SIGN_IN:
                self.sign_ins += 1
                await self.visitor.sign_in(self.email, PASSWORD)
            else:
                await self.visitor.press(self.chance.choice(offered))
            return
        raise Stuck(screen.words())

    async def _patiently(self, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except Disconnected:
            self.reconnects += 1
            await self.visitor.reconnect()


async def watch(visitor: Visitor, page: str, email: str, ends: asyncio.Event) -> None:
    """A doctor's page of the day or agenda, which asks for news by itself as often as it says."""
    await visitor.open(page)
    await visitor.sign_in(email, PASSWORD)
    while not ends.is_set():
        every = min(visitor.screen.refreshing.values(), default=None)
        if every is None:
            raise Stuck(visitor.screen.words())
        try:
            await asyncio.wait_for(ends.wait(), every)
        except TimeoutError:
            await visitor.refresh()
        if troubles := visitor.screen.troubles():
            raise Stuck(troubles)


def add_patients(store: Store, clock: Clock, count: int) -> list[str]:
    """Patients with accounts of the demo clinic's password; how they sign in."""

    def work(connection: Connection) -> list[str]:
        password_hash = connection.execute(select(tables.accounts.c.password_hash).limit(1)).scalar_one()
        taken = connection.execute(select(func.count()).select_from(tables.accounts)).scalar_one()
        emails = [f"walker.{number}@example.com" for number in range(taken, taken + count)]
        for email in emails:
            person = {"name": f"Walker {email.split('.')[1].split('@')[0]}", "email": email, "created_at": clock()}
            (user_id,) = connection.execute(insert(tables.users).values(person)).inserted_primary_key or (None,)
            account = {**person, "password_hash": password_hash, "role": "patient", "user_id": user_id}
            (account_id,) = connection.execute(insert(tables.accounts).values(account)).inserted_primary_key or (None,)
            link = {"account_id": account_id, "user_id": user_id, "relation": "self"}
            connection.execute(insert(tables.account_users).values(link))
        return emails

    return store.write(work)
