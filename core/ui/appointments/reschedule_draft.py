"""Where somebody is in moving an appointment: kept in the address, so that it outlives a lost connection."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

from core.ui.address import day_in, instant_in, number_in


@dataclass(frozen=True, slots=True)
class RescheduleDraft:
    """The appointment that is to move, as it was when that was asked (`revision`), the day chosen, and the time.

    `day` is the clinic's; `after` is the day before the list of days in view; `starts_at` is aware, in UTC.
    """

    appointment_id: int | None = None
    revision: int | None = None
    day: date | None = None
    starts_at: datetime | None = None
    after: date | None = None

    @classmethod
    def read(cls, address: Mapping[str, str]) -> Self:
        """The draft in the address's query, up to the first answer that is missing or can't be read."""
        appointment_id = number_in(address.get("move"))
        if appointment_id is None:
            return cls()
        day = day_in(address.get("day"))
        return cls(
            appointment_id=appointment_id,
            revision=number_in(address.get("rev")),
            day=day,
            starts_at=None if day is None else instant_in(address.get("at")),
            after=day_in(address.get("after")),
        )

    def within(self, first: date, last: date) -> Self:
        """The draft without days outside those that may be booked at all."""
        after = self.after if self.after is not None and first <= self.after <= last else None
        if self.day is not None and first <= self.day <= last:
            return replace(self, after=after)
        return replace(self, after=after, day=None, starts_at=None)

    def address(self) -> dict[str, str]:
        """The query parameters that read() turns into this draft again."""
        answers = {
            "move": self.appointment_id,
            "rev": self.revision,
            "after": None if self.after is None else self.after.isoformat(),
            "day": None if self.day is None else self.day.isoformat(),
            "at": None if self.starts_at is None else int(self.starts_at.timestamp()),
        }
        return {name: str(answer) for name, answer in answers.items() if answer is not None}
