"""The form of What if: up to three changes, each with its fields once it is switched on."""

from collections.abc import Iterable
from datetime import time

import streamlit as st

from core.reports.scenario import MoreHours, OneDoctorMore, OtherLength, Scenario
from core.scheduler.clinic import Doctor, VisitType
from core.ui.figures.numbers import weekday_name
from core.ui.kept_form import KeptForm
from core.ui.words import _, plain

_LONGEST_MINUTES = 480
_SATURDAY = 5
_STEP = 15 * 60


def ask_scenario(form: KeptForm, doctors: Iterable[Doctor], visit_types: Iterable[VisitType]) -> Scenario:
    """Draw the changes that can be replayed with these; those that are switched on, as they stand."""
    names = {doctor.doctor_id: doctor.name for doctor in doctors}
    kinds = {kind.visit_type_id: kind for kind in visit_types}
    scenario = Scenario(_ask_hours(form, names), _ask_length(form, kinds), _ask_doctor(form, names))
    form.under("change")
    return scenario


def _ask_hours(form: KeptForm, doctors: dict[int, str]) -> MoreHours | None:
    with st.container(border=True):
        if not st.toggle(_("Open longer"), key=form.kept("hours", stored=True)):
            return None
        with st.container(horizontal=True, vertical_alignment="top"):
            with st.container(width=180):
                weekday = st.selectbox(
                    _("On"),
                    range(7),
                    format_func=weekday_name,
                    key=form.kept("weekday", _SATURDAY),
                    filter_mode=None,
                )
            with st.container(width=150):
                opens = st.time_input(_("From"), key=form.kept("opens", time(9)), step=_STEP)
                form.under("opens")
            with st.container(width=150):
                closes = st.time_input(_("To"), key=form.kept("closes", time(12)), step=_STEP)
                form.under("closes")
            with st.container(width=260):
                names = {0: _("All doctors"), **doctors}
                doctor_id = st.selectbox(
                    _("For"),
                    list(names),
                    format_func=lambda number: plain(names[number]),
                    key=form.kept("hours_of", 0, names),
                )
    return MoreHours(weekday, opens, closes, doctor_id or None)


def _ask_length(form: KeptForm, kinds: dict[int, VisitType]) -> OtherLength | None:
    with st.container(border=True):
        if not st.toggle(
            _("Another length for a visit type"), key=form.kept("length", stored=False), disabled=not kinds
        ):
            return None
        with st.container(horizontal=True, vertical_alignment="top"):
            with st.container(width=260):
                chosen = st.selectbox(
                    _("Visit type"),
                    list(kinds),
                    format_func=lambda number: plain(kinds[number].name),
                    key=form.kept("visit_type", next(iter(kinds)), kinds),
                )
            with st.container(width=260):
                minutes = st.number_input(
                    _("Minutes instead of {minutes}").format(minutes=kinds[chosen].minutes),
                    1,
                    _LONGEST_MINUTES,
                    step=5,
                    key=form.kept(f"minutes_{chosen}", kinds[chosen].minutes),
                )
                form.under("minutes")
    return OtherLength(chosen, int(minutes))


def _ask_doctor(form: KeptForm, doctors: dict[int, str]) -> OneDoctorMore | None:
    with st.container(border=True):
        if not st.toggle(_("One doctor more"), key=form.kept("doctor", stored=False), disabled=not doctors):
            return None
        with st.container(width=360):
            like = st.selectbox(
                _("With the hours, days off and visit types of"),
                list(doctors),
                format_func=lambda number: plain(doctors[number]),
                key=form.kept("like", next(iter(doctors)), doctors),
            )
    return OneDoctorMore(like)
