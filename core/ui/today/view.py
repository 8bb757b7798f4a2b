"""What the page of the day shows, kept in its address: which day, which appointment, and which form is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import streamlit as st

from core.ui.address import day_in, number_in

FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(2199, 12, 31)


class Form(StrEnum):
    """What may be open in place of the list."""

    WALK_IN = "walk_in"
    OUTCOMES = "outcomes"


@dataclass(frozen=True, slots=True)
class TodayView:
    """`day` is None for today, whatever day that is by then; `appointment_id` was chosen in the list."""

    day: date | None = None
    appointment_id: int | None = None
    form: Form | None = None

    @classmethod
    def read(cls, address: Mapping[str, str]) -> "TodayView":
        """The view of an address that anyone may have typed: what can't be read is left out."""
        day, form = day_in(address.get("day")), address.get("form")
        return cls(
            day if day is not None and FIRST_DAY <= day <= LAST_DAY else None,
            number_in(address.get("appointment")),
            Form(form) if form in set(Form) else None,
        )

    def address(self) -> dict[str, str]:
        """The query parameters that read() understands."""
        kept = {
            "day": None if self.day is None else self.day.isoformat(),
            "appointment": None if self.appointment_id is None else str(self.appointment_id),
            "form": self.form,
        }
        return {name: value for name, value in kept.items() if value is not None}


def current_view() -> TodayView:
    """The view of this visit's address."""
    return TodayView.read(st.query_params)


def turn_to(view: TodayView) -> None:
    """A callback: show this next. The doctor in the address stays."""
    address = view.address()
    for name in ("day", "appointment", "form"):
        st.query_params.pop(name, None)
    st.query_params.update(address)
