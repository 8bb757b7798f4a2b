"""My appointments: a patient's upcoming appointments, moving and cancelling them, and what is past."""

import streamlit as st

from core.domain.appointment import Status
from core.scheduler.booking import CannotMove
from core.scheduler.rows import Row
from core.scheduler.schedule import OPEN
from core.ui import shell
from core.ui.address import number_in
from core.ui.appointments.appointment_card import appointment_card, is_changeable
from core.ui.appointments.past_visits import past_visits
from core.ui.appointments.reschedule_draft import RescheduleDraft
from core.ui.appointments.reschedule_steps import reschedule, show_in_list, was_moved
from core.ui.appointments.told import show_notices
from core.ui.feeds.panel import people_feeds
from core.ui.refresh import keep_own_fresh
from core.ui.step_title import step_title
from core.ui.times import day_and_time, local_day, zone_label
from core.ui.words import _, plain, sentence_of

page = shell.open_page("my_appointments")


def say_moved(row: Row) -> None:
    """What was just moved, as it stands in the database."""
    said = _("Moved. Your appointment with {doctor} is now {when}.").format(
        doctor=plain(row.doctor_name), when=day_and_time(row.starts_at, page.zone)
    )
    st.success(said, icon=":material/event_available:")


def say_cancelled(row: Row) -> None:
    """What was just cancelled, where its card stood, so that whoever pressed the button sees it."""
    said = _("Cancelled: {when} with {doctor}.").format(
        when=day_and_time(row.starts_at, page.zone), doctor=plain(row.doctor_name)
    )
    late = _("It counts as a late cancellation.") if row.cancelled_late else _("No late mark.")
    st.success(f"{said} {late}", icon=":material/event_busy:")


def offer_booking(*, first: bool) -> None:
    """The way to the page Book."""
    label = _("Book an appointment") if first else _("Book another appointment")
    if st.button(label, key="book_another", type="primary" if first else "secondary", icon=":material/add_circle:"):
        shell.go("book")


def named(what: str, rows: list[Row]) -> Row | None:
    """The one of these appointments that the address says was just moved or cancelled; until something else is done."""
    number = number_in(st.query_params.get(what))
    return next((row for row in rows if row.appointment_id == number), None)


def zone_words(rows: list[Row]) -> str:
    """The zone on the days of these appointments."""
    return page.zone_words(local_day(row.starts_at, page.zone) for row in rows)


def overview(rows: list[Row]) -> None:
    """What the clinic changed, upcoming appointments as cards, past ones as a list."""
    now = page.clock()
    upcoming = [row for row in rows if row.ends_at > now and row.status in OPEN]
    past = [row for row in rows if row not in upcoming]
    moved = named("moved", upcoming)
    cancelled = named("cancelled", [row for row in past if row.status is Status.CANCELLED])
    people = page.app.patients.mine(page.principal)
    several = len(people) > 1

    told = page.app.notices.mine(page.principal)

    step_title(_("My appointments"), "my appointments")
    show_notices(page, told, name_patients=several)
    if moved is not None:
        say_moved(moved)
    if not upcoming:
        st.info(_("You have no upcoming appointments."))
    if cancelled is None:
        offer_booking(first=not upcoming)
    cards = sorted([*upcoming, cancelled] if cancelled else upcoming, key=lambda row: row.starts_at)
    zones = {zone_label(row.starts_at, page.zone) for row in cards}
    if cards:
        st.header(_("Upcoming"), anchor=False)
        st.caption(zone_words(cards))
    for row in cards:
        if row is cancelled:
            say_cancelled(row)
            offer_booking(first=not upcoming)
        else:
            appointment_card(page, row, name_patient=several, name_zone=len(zones) > 1)

    people_feeds(page, people)

    st.header(_("Past and cancelled"), anchor=False)
    if past:
        if not cards or zone_words(past) != zone_words(cards):
            st.caption(zone_words(past))
        past_visits(page, past, name_patients=several)
    else:
        st.caption(_("Nothing yet. Visits that are over, and cancelled ones, will be listed here."))
    if "cancel" not in st.query_params:  # a form that is being filled in waits
        keep_own_fresh(page, rows, told)


with shell.showing_errors():
    draft = RescheduleDraft.read(st.query_params)
    own = page.app.schedule.of_patient(page.principal)
    # The address may hold anybody's number: only one's own appointments are looked at.
    moving = next((row for row in own if row.appointment_id == draft.appointment_id), None)
    if moving is not None and was_moved(moving, draft):
        show_in_list(moving)
        overview(own)
    elif moving is not None and is_changeable(page, moving):
        reschedule(page, moving, draft)
    else:
        if draft.appointment_id is not None:
            st.warning(sentence_of(CannotMove()))
        overview(own)
