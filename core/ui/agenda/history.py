"""What happened to an appointment, in words."""

from collections.abc import Iterable
from datetime import tzinfo

import streamlit as st

from core.domain.principal import Role
from core.scheduler.schedule import Change
from core.ui.times import day_and_time
from core.ui.words import _, plain


def show_history(history: Iterable[Change], zone: tzinfo) -> None:
    """Every change, latest first: what, when, by whom and why."""
    for change in reversed(list(history)):
        why = "" if change.action == "undo" or not change.why else f"  \n{plain(change.why)}"
        st.markdown(
            f"**{action_words(change.action)}** · {role_words(change.role)}  \n{day_and_time(change.at, zone)}{why}"
        )


def action_words(action: str) -> str:
    """What was done, such as "Moved"."""
    return {
        "book": _("Booked"),
        "walk_in": _("Came without an appointment"),
        "reschedule": _("Moved or changed"),
        "check_in": _("Checked in"),
        "start": _("Started"),
        "complete": _("Completed"),
        "mark_no_show": _("Marked as not come"),
        "record_outcome": _("Outcome recorded"),
        "cancel": _("Cancelled"),
        "undo": _("Undone"),
    }.get(action, action)


def role_words(role: str) -> str:
    """Who did it, by role, such as "by reception"."""
    return {
        Role.PATIENT.value: _("by the patient"),
        Role.DOCTOR.value: _("by the doctor"),
        Role.RECEPTION.value: _("by reception"),
        Role.MANAGER.value: _("by a manager"),
        Role.CALENDAR.value: _("in the calendar"),
    }.get(role, _("by CareSlot"))
