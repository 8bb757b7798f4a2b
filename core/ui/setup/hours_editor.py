"""The editor of a doctor's weekly hours: a field for each weekday, and other weeks for a while or from a date on.

Nothing is stored before it is saved; until then the draft outlives other parts and pages.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from core.domain.opening import OpeningHours
from core.ui.setup.week import (
    DAYS,
    UNTIL,
    Problems,
    WeekPlan,
    changed_for,
    dates_words,
    hours_of,
    like_monday,
    plans_of,
    problems_of,
    tidied,
    usual_week,
    weekly_minutes,
)
from core.ui.sign_in import field_problem
from core.ui.words import _

MINUTES_AN_HOUR = 60


def weekday_names() -> tuple[str, ...]:
    """The weekdays from Monday on."""
    return (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )


class HoursEditor:
    """The draft of one doctor's weekly hours and its fields; `stored` is what the database holds."""

    def __init__(self, doctor_id: int, stored: Sequence[OpeningHours]) -> None:
        self._key = f"hours_{doctor_id}"
        self._stored = plans_of(stored)
        before, kept = st.session_state.get(self._draft, (self._stored, self._stored))
        if kept == before:  # nothing was typed, so what others stored meanwhile counts
            kept = self._stored
        self._keep(kept)
        self.plans = self._as_typed()
        self._keep(self.plans)
        self.problems: Problems = problems_of(self.plans)

    @property
    def changed(self) -> bool:
        """Whether the draft differs from what is stored."""
        return self.plans != self._stored

    def hours(self) -> list[OpeningHours]:
        """The hours that the draft stands for; only where it has no problems."""
        return hours_of(self.plans)

    def draw(self, today: date) -> None:
        """The fields, each with its problem under it; hours that have run out are folded away."""
        for index, plan in enumerate(self.plans):
            over = plan.valid_until is not None and plan.valid_until < today and not self._is_wrong(index)
            with st.expander(dates_words(plan)) if over else st.container(border=len(self.plans) > 1):
                self._draw_plan(index, plan)

    def start_over(self, hours: Sequence[OpeningHours] | None = None) -> None:
        """Put other hours into the draft, or (None) let go of it; before the fields are drawn, as in callbacks."""
        self._put(self._stored if hours is None else plans_of(hours))

    def change_for(self, first: date, last: date | None) -> None:
        """Begin other hours on a date, for good or until another; for callbacks."""
        self._put(changed_for(self._as_typed(), first, last))

    def _fill(self, index: int, change: Callable[[WeekPlan], WeekPlan]) -> None:
        plans = self._as_typed()
        self._put((*plans[:index], change(plans[index]), *plans[index + 1 :]))

    def _remove(self, index: int) -> None:
        plans = self._as_typed()
        self._put((*plans[:index], *plans[index + 1 :]) or (WeekPlan(),))

    @property
    def _draft(self) -> str:
        return f"setup_draft_{self._key}"

    def _field(self, index: int, name: int | str) -> str:
        return f"{self._key}_{index}_{name}"

    def _as_typed(self) -> tuple[WeekPlan, ...]:
        """The draft with what stands in its fields now, which in a callback is newer than the last run."""
        _stored, plans = st.session_state[self._draft]
        return tuple(self._typed(index, plan) for index, plan in enumerate(plans))

    def _typed(self, index: int, plan: WeekPlan) -> WeekPlan:
        """The plan as its fields stand now; those that are not drawn have no say."""

        def now(name: int | str, before: Any) -> Any:
            return st.session_state.get(self._field(index, name), before)

        return replace(
            plan,
            days=tuple(now(weekday, text) for weekday, text in enumerate(plan.days)),
            valid_from=now("valid_from", plan.valid_from),
            valid_until=now(UNTIL, plan.valid_until),
        )

    def _put(self, plans: tuple[WeekPlan, ...]) -> None:
        for name in [name for name in st.session_state if str(name).startswith(f"{self._key}_")]:
            del st.session_state[name]
        self._keep(plans)

    def _keep(self, plans: tuple[WeekPlan, ...]) -> None:
        st.session_state[self._draft] = (self._stored, plans)

    def _draw_plan(self, index: int, plan: WeekPlan) -> None:
        if len(self.plans) > 1 or plan.valid_from or plan.valid_until:
            st.markdown(f"**{dates_words(plan)}**")
            self._draw_dates(index, plan)
        with st.container(horizontal=True):
            st.button(
                _("Mon-Fri 09-12 and 13-17"),
                key=f"hours_usual_{index}",
                icon=":material/work_history:",
                on_click=self._fill,
                args=(index, usual_week),
            )
            st.button(
                _("Monday's hours until Friday"),
                key=f"hours_like_monday_{index}",
                icon=":material/content_copy:",
                on_click=self._fill,
                args=(index, like_monday),
            )
        for weekday in range(DAYS):
            key = self._field(index, weekday)
            st.session_state.setdefault(key, plan.days[weekday])
            st.text_input(
                weekday_names()[weekday],
                key=key,
                placeholder=_("Closed"),
                max_chars=100,
                autocomplete="off",
                on_change=self._tidy,
                args=(key,),
            )
            self._problem(index, weekday)
        if not self._is_wrong(index):
            hours = weekly_minutes(plan) / MINUTES_AN_HOUR
            st.caption(_("{hours} hours a week").format(hours=f"{hours:g}"))
        if len(self.plans) > 1:
            st.button(
                _("Remove these hours"),
                key=f"{self._key}_remove_{index}",
                icon=":material/delete:",
                on_click=self._remove,
                args=(index,),
            )

    def _draw_dates(self, index: int, plan: WeekPlan) -> None:
        for column, name, label, value in zip(
            st.columns(2),
            ("valid_from", UNTIL),
            (_("First day"), _("Last day")),
            (plan.valid_from, plan.valid_until),
            strict=True,
        ):
            key = self._field(index, name)
            st.session_state.setdefault(key, value)
            column.date_input(label, None, key=key, format="YYYY-MM-DD")
        self._problem(index, UNTIL)

    def _is_wrong(self, index: int) -> bool:
        return any(plan == index for plan, _place in self.problems)

    def _problem(self, index: int, name: int | str) -> None:
        if (index, name) in self.problems:
            field_problem("here", {"here": self.problems[index, name]})

    def _tidy(self, key: str) -> None:
        st.session_state[key] = tidied(st.session_state[key])
