"""The list of the day: one row an appointment, one of which may be chosen."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any
from zlib import crc32

import streamlit as st

from core.domain.appointment import Status
from core.domain.waiting import waiting_minutes
from core.scheduler.rows import Row
from core.ui.agenda.grid_colours import palette, pill_colour
from core.ui.shell import Page
from core.ui.status import AWAITS_DECISION, initials, status_label
from core.ui.times import clock_time
from core.ui.today.view import TodayView, turn_to
from core.ui.words import _, ngettext

# From 65 pixels on, text is wrapped, so that contact and reason fit beside each other.
_ROW_HEIGHT = 66
_CONTACT_WIDTH, _CONTACT_FITS = 140, 19
"""The column's pixels, and how many characters it takes in a line that can't be wrapped."""


def status_and_waiting(row: Row, now: datetime) -> str:
    """The status with its icon, for how long the patient has been waiting, and whether the calendar says otherwise."""
    minutes = waiting_minutes(row, now)
    words = status_label(row.status) if minutes is None else f"{status_label(row.status)}, {waiting_words(minutes)}"
    return f"{words} {AWAITS_DECISION} {_('needs a decision')}" if row.held else words


def waiting_words(minutes: int) -> str:
    """How long somebody has been waiting."""
    return ngettext("waiting {count} min", "waiting {count} min", minutes) if minutes else _("just arrived")


def count_words(rows: Sequence[Row]) -> str:
    """How many there are, and how many of them are waiting, such as "12 appointments, 2 waiting"."""
    words = ngettext("{count} appointment", "{count} appointments", len(rows))
    waiting = sum(row.status is Status.CHECKED_IN for row in rows)
    return f"{words}, {ngettext('{count} waiting', '{count} waiting', waiting)}" if waiting else words


def contact(row: Row) -> str:
    """Phone and email, as far as they are known; an email goes on below its name where the column is too narrow for it.

    What does not fit even so is shortened: it stands in full beside the list.
    """
    name, at, host = row.patient_email.partition("@")
    email = [row.patient_email] if len(row.patient_email) <= _CONTACT_FITS else [name, f"{at}{host}"]
    return "\n".join(_fitting(part) for part in (row.patient_phone, *email) if part)


def _fitting(line: str) -> str:
    if len(line) <= _CONTACT_FITS or " " in line:  # at a space it is wrapped
        return line
    return f"{line[: _CONTACT_FITS - 1]}…"


def doctor_marks(rows: Sequence[Row]) -> dict[int, str]:
    """What tells the doctors apart: their initials, or the name where two of them share the initials."""
    names = {row.doctor_id: row.doctor_name for row in rows}
    short = Counter(initials(name) for name in names.values())
    return {
        number: initials(name) if initials(name) and short[initials(name)] == 1 else name
        for number, name in names.items()
    }


def table_of(rows: Sequence[Row], now: datetime, zone: tzinfo, *, with_doctor: bool) -> dict[str, list[Any]]:
    """What the list shows, in order."""
    marks = doctor_marks(rows)
    columns: dict[str, list[Any]] = {
        "time": [clock_time(row.starts_at, zone) for row in rows],
        "patient": [row.patient_name for row in rows],
        "doctor": [[marks[row.doctor_id]] for row in rows],
        "status": [status_and_waiting(row, now) for row in rows],
        "contact": [contact(row) for row in rows],
        "reason": [row.reason for row in rows],
    }
    if not with_doctor:
        del columns["doctor"]
    return columns


def chosen_position(marked: Sequence[int], rows: Sequence[int], cells: Sequence[tuple[int, str]]) -> int | None:
    """The row that was chosen, by its box or by a touch anywhere in it; `marked` is what was chosen until then.

    The table forgets neither selection when the other changes, so whichever differs from before is what was meant.
    """
    if list(rows) == list(marked) and cells:
        return cells[0][0]
    return rows[0] if rows else None


def show_table(page: Page, rows: Sequence[Row], now: datetime, view: TodayView, *, with_doctor: bool) -> None:
    """Draw the list with the chosen appointment marked; choosing another one puts it into the address."""
    numbers = [row.appointment_id for row in rows]
    # The widget remembers positions, so another order is another widget; what is chosen stands in the address.
    key = f"today_table_{crc32(repr(numbers).encode()):08x}"
    marked = [numbers.index(view.appointment_id)] if view.appointment_id in numbers else []
    touched = [cell for cell in _touched(key) if [cell[0]] == marked]  # kept, so that the arrow keys go on from there
    st.session_state[key] = {"selection": {"rows": marked, "columns": [], "cells": touched}}

    # Initials always stand on the colour, for colours alone can't be told apart by everyone.
    colours = palette(st.context.theme.type)
    marks = doctor_marks(rows)
    coloured = {marks[row.doctor_id]: pill_colour(row.colour_id, colours) for row in rows}

    def choose() -> None:
        selection = st.session_state[key]["selection"]
        position = chosen_position(marked, selection["rows"], selection["cells"])
        turn_to(replace(view, appointment_id=None if position is None else numbers[position]))

    st.dataframe(
        table_of(rows, now, page.zone, with_doctor=with_doctor),
        key=key,
        width="stretch",
        height="content",
        row_height=_ROW_HEIGHT,
        hide_index=True,
        selection_mode=("single-row", "single-cell"),
        on_select=choose,
        column_config={
            "time": st.column_config.TextColumn(_("Time"), width=52),  # a pinned one is written too faintly
            "patient": st.column_config.TextColumn(_("Patient"), width=92),
            "doctor": st.column_config.MultiselectColumn(
                _("Doctor"), options=list(coloured), color=list(coloured.values()), width=54
            ),
            "status": st.column_config.TextColumn(_("Status"), width=98),
            "contact": st.column_config.TextColumn(_("Contact"), width=_CONTACT_WIDTH),
            "reason": st.column_config.TextColumn(_("Reason"), width=96),
        },
        alt=_("The appointments of the day. Choose one to see more and to take its next step."),
    )


def _touched(key: str) -> list[tuple[int, str]]:
    state = st.session_state.get(key)
    return list(state["selection"]["cells"]) if state else []
