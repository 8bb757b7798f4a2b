"""Agenda: the calendar that doctors live in, with everything that can be done to an appointment."""

import streamlit as st

from core.domain.principal import Capability
from core.ui import shell
from core.ui.agenda.appointment_details import open_appointment, refresh_opened, show_details
from core.ui.agenda.booking import show_booking
from core.ui.agenda.changes import ABOVE, keep_in_sight, offer_times, show_changes
from core.ui.agenda.grid import show_grid
from core.ui.agenda.recent import recent_visits
from core.ui.agenda.state import agenda_state
from core.ui.agenda.sync_all import sync_all
from core.ui.agenda.toolbar import on_phone, read_shown, toolbar, views
from core.ui.decisions.show import show_awaited
from core.ui.doctor_filter import choose_doctor
from core.ui.feeds.panel import doctor_feed
from core.ui.refresh import Drawn, keep_fresh
from core.ui.times import local_day
from core.ui.words import _

page = shell.open_page("agenda", wide=True)
phone = on_phone()
state = agenda_state(page)
offer_times(page, state)

with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    st.title(_("Agenda"), anchor=False, width="content")
    with st.container(width=260):
        whose = choose_doctor(page, "agenda_doctor")
if whose is None:
    st.stop()

today = local_day(page.clock(), page.zone)
names = {doctor.doctor_id: doctor.name for doctor in whose.doctors}
everyone = {doctor.doctor_id: doctor.name for doctor in whose.choices}

# Containers that are always there keep the grid in its place on the page, so that it is not drawn from nothing again.
keep_in_sight()
with st.container(key="agenda_asked_for"):
    asked_for = open_appointment(page, state, st.query_params.get("appointment"))
offered = views(phone=phone, everyone=whose.everyone)
shown = read_shown(offered, today, today if asked_for is None else local_day(asked_for.starts_at, page.zone))
frame = page.app.schedule.frame(page.principal, whose.doctor_id, list(names), shown.first, shown.last)
opened = refresh_opened(page, state, frame.rows)


def open_it(appointment_id: int) -> None:
    st.query_params["appointment"] = str(appointment_id)


def close() -> None:
    st.query_params.pop("appointment", None)


def details() -> None:
    if opened is not None:
        show_details(page, state, opened, everyone, close, frame.awaited)


with st.container(key="agenda_awaited"):
    show_awaited(page, frame.awaited)
with st.container(key=ABOVE):
    show_changes(page, state, names, frame.rows, in_details=False)
    show_booking(page, state, whose.doctors)
if opened is not None and phone:
    st.button(_("Back to the agenda"), key="agenda_back", icon=":material/arrow_back:", on_click=close)
    details()
    st.stop()

toolbar(shown, offered, today, phone=phone)
grid, *beside = st.columns([1] if opened is None else [13, 7], gap="medium")
with grid:
    show_grid(page, state, shown, frame, names, open_it, phone=phone)
for column in beside:
    with column:
        details()
sync_all(page, whose.doctor_id, frame.upcoming)
if page.may(Capability.CONNECT) and whose.doctor_id is not None:
    doctor_feed(page, whose.doctor_id, names[whose.doctor_id])
if page.may(Capability.WRITE_NOTES) and whose.doctor_id is not None:
    recent_visits(page, whose.doctor_id, open_it)
if not state.undecided:
    keep_fresh(page, whose.doctor_id, Drawn.of(frame.revision, frame.awaited, page.clock(), frame.rows))
