"""Weekly hours: whose, ready-made weeks to begin with, and saving them."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from core.scheduler.setup import ChecklistItem, Doctor, Need
from core.ui import shell
from core.ui.address import number_in
from core.ui.kept_form import WIDTH
from core.ui.part_tabs import open_part
from core.ui.setup.hours_editor import HoursEditor
from core.ui.setup.parts import Part, link_to_part
from core.ui.shell import Page
from core.ui.times import local_day
from core.ui.words import _, plain

_WHO = "hours_doctor"
_OTHER = "other_hours"


def show_hours(page: Page, checklist: Sequence[ChecklistItem]) -> None:
    """The weekly hours of the doctor whom the address names, or of the first who has none."""
    doctors = page.app.setup.doctors()
    if not doctors:
        st.info(_("There are no doctors yet. Add the first one; then come back for the hours."))
        link_to_part("hours_to_doctor", Part.DOCTORS, _("Add a doctor"), ":material/person_add:", doctor="new")
        return
    lacking = {doctor for item in checklist if item.need is Need.HOURS for doctor in item.lacking}
    with st.container(width=WIDTH):
        doctor = _choose(doctors, lacking)
        editor = HoursEditor(doctor.doctor_id, page.app.setup.hours(doctor.doctor_id))
        st.caption(
            _(
                "Write the times of each day with the breaks between them, such as 09:00-12:00, 13:00-17:00. Empty means "
                "closed; 24:00 is the end of the day. {zone}"
            ).format(zone=page.zone_words())
        )
        _copy(page, doctor, doctors, editor)
        editor.draw(local_day(page.clock(), page.zone))
        _other_hours(page, editor)
        _save(page, doctor, editor)


def _choose(doctors: Sequence[Doctor], lacking: set[int]) -> Doctor:
    by_number = {doctor.doctor_id: doctor for doctor in doctors}
    asked = number_in(st.query_params.get("doctor"))
    first = min(lacking & set(by_number), default=doctors[0].doctor_id)
    st.session_state[_WHO] = asked if asked in by_number else first

    def label(number: int) -> str:
        name = by_number[number].name
        return _("{name} (no hours yet)").format(name=name) if number in lacking else name

    def turn() -> None:
        open_part(Part.HOURS, doctor=str(st.session_state[_WHO]))

    chosen = st.selectbox(_("Doctor"), list(by_number), format_func=label, key=_WHO, on_change=turn)
    return by_number[chosen]


def _copy(page: Page, doctor: Doctor, doctors: Sequence[Doctor], editor: HoursEditor) -> None:
    """Another doctor's hours for the fields; nothing is stored before it is saved."""
    others = {other.doctor_id: other.name for other in doctors if other.doctor_id != doctor.doctor_id}

    def copy() -> None:
        with shell.showing_errors():
            editor.start_over(page.app.setup.hours(st.session_state["hours_copy_from"]))

    if others:
        with st.popover(_("Copy from another doctor"), icon=":material/group:"):
            st.selectbox(_("Whose hours"), list(others), format_func=others.__getitem__, key="hours_copy_from")
            st.button(_("Copy these hours"), key="hours_copy", on_click=copy)


def _other_hours(page: Page, editor: HoursEditor) -> None:
    """Other hours for a while, such as a summer, or from a date on."""
    with st.expander(_("Other hours for a while, or from a date on")):
        tomorrow = local_day(page.clock(), page.zone) + timedelta(days=1)
        first = st.date_input(_("First day"), tomorrow, key=f"{_OTHER}_first", format="YYYY-MM-DD")
        last = st.date_input(_("Last day (empty: for good)"), None, key=f"{_OTHER}_last", format="YYYY-MM-DD")
        wrong = first is not None and last is not None and last < first
        if wrong:
            st.error(_("The last day must not be before the first."), icon=":material/error:")
        st.button(
            _("Begin other hours"),
            key=f"{_OTHER}_begin",
            disabled=wrong or first is None,
            on_click=editor.change_for,
            args=(first, last),
        )
        st.caption(_("The hours before and after stay as they are; for the days between you write others."))


def _save(page: Page, doctor: Doctor, editor: HoursEditor) -> None:
    if editor.changed:
        st.caption(_(":material/edit: These hours are not saved yet."))
    with st.container(horizontal=True):
        pressed = st.button(_("Save the weekly hours"), key="hours_save", type="primary", icon=":material/save:")
        if editor.changed:
            st.button(_("Undo the changes"), key="hours_undo", icon=":material/undo:", on_click=editor.start_over)
    if not pressed:
        return
    if editor.problems:
        st.error(_("Nothing was saved yet: please mend what is marked above."))
        return
    with shell.showing_errors():
        hours = editor.hours()
        page.app.setup.set_hours(page.principal, doctor.doctor_id, hours)
        editor.start_over(hours)
        shell.tell(
            _("The weekly hours of {name} were saved. What is booked already stays as it is.").format(
                name=plain(doctor.name)
            )
        )
        st.rerun()
