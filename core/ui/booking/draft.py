"""What a visitor has answered so far while booking: kept in the address, so that it outlives a lost connection.

The address holds ids, a day and an instant only, never a name, a reason or an address. It comes from outside, so
what can't be read counts as not answered, and so does everything that was asked after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import IntEnum
from typing import Self, TypeVar

from core.ui.address import day_in, instant_in, number_in

T = TypeVar("T")


class Question(IntEnum):
    """The questions before sign-in, in the order they are asked; CHECK when all are answered."""

    VISIT = 1
    DOCTOR = 2
    DAY = 3
    TIME = 4
    CHECK = 5


@dataclass(frozen=True, slots=True)
class BookingDraft:
    """The answers; `anyone` stands for the first doctor who is free, whom the chosen time then names.

    `day` is the clinic's, `starts_at` an aware instant in UTC.
    """

    visit_type_id: int | None = None
    doctor_id: int | None = None
    anyone: bool = False
    day: date | None = None
    starts_at: datetime | None = None

    @classmethod
    def read(cls, address: Mapping[str, str]) -> Self:
        """The answers in the address's query, up to the first that is missing or can't be read."""
        visit_type_id = number_in(address.get("visit"))
        if visit_type_id is None:
            return cls()
        anyone = address.get("with") == "anyone"
        doctor_id = number_in(address.get("doctor"))
        draft = cls(visit_type_id, doctor_id, anyone)
        if draft.question is Question.DOCTOR:
            return draft
        day = day_in(address.get("day"))
        if day is None:
            return replace(draft, doctor_id=None if anyone else doctor_id)
        starts_at = instant_in(address.get("at"))
        if starts_at is None or doctor_id is None:
            return replace(draft, doctor_id=None if anyone else doctor_id, day=day)
        return replace(draft, day=day, starts_at=starts_at)

    def address(self) -> dict[str, str]:
        """The query parameters that read() turns into this draft again."""
        answers = {
            "visit": self.visit_type_id,
            "doctor": self.doctor_id,
            "with": "anyone" if self.anyone else None,
            "day": None if self.day is None else self.day.isoformat(),
            "at": None if self.starts_at is None else int(self.starts_at.timestamp()),
        }
        return {name: str(answer) for name, answer in answers.items() if answer is not None}

    @property
    def question(self) -> Question:
        """The first question that has no answer yet."""
        if self.visit_type_id is None:
            return Question.VISIT
        if self.doctor_id is None and not self.anyone:
            return Question.DOCTOR
        if self.day is None:
            return Question.DAY
        return Question.TIME if self.starts_at is None else Question.CHECK

    def back_to(self, question: Question) -> Self:
        """The draft with this answer and all later ones taken back."""
        doctor_kept = question > Question.DOCTOR and not (self.anyone and question <= Question.TIME)
        return type(self)(
            visit_type_id=self.visit_type_id if question > Question.VISIT else None,
            doctor_id=self.doctor_id if doctor_kept else None,
            anyone=self.anyone and question > Question.DOCTOR,
            day=self.day if question > Question.DAY else None,
            starts_at=self.starts_at if question > Question.TIME else None,
        )


def given(answer: T | None) -> T:
    """An answer to an earlier question; ValueError where there is none, which is a mistake of the page."""
    if answer is None:
        raise ValueError("this question has not been answered")
    return answer
