"""Closures: time off for a doctor or for the whole clinic, and the appointments that lie in it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import streamlit as st

from core.domain.errors import BadInput
from core.scheduler.hours import are_whole_days, part_of_days, whole_days
from core.scheduler.setup import Closure
from core.ui import shell
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.setup.affected import show_affected
from core.ui.shell import Page
from core.ui.times import clock_time, day_label, local_day
from core.ui.words import _, plain

FORM = "closure"
EVERYONE = 0
AHEAD = timedelta(days=3 * 365)
BACK = timedelta(days=365)
MOST_LISTED = 50

_LOOKED_AT = "setup_closure_looked_at"
_REMOVED = "setup_closure_removed"


@dataclass(frozen=True, slots=True)
class _Time:
    doctor_id: int | None
    starts_at: datetime
    ends_at: datetime


def show_closures(page: Page) -> None:
    """What lies in a closure, the form for another one, and the lists."""
    names = {doctor.doctor_id: doctor.name for doctor in page.app.setup.doctors(active=False)}
    _offer_undo(page, names)
    looked_at: _Time | None = st.session_state.get(_LOOKED_AT)
    if looked_at is not None:
        _show_what_lies_in(page, looked_at, names)
    _add(page, names)
    _list(page, names)


def _show_what_lies_in(page: Page, looked_at: _Time, names: dict[int, str]) -> None:
    st.markdown(f"**{_words(page, looked_at.doctor_id, looked_at.starts_at, looked_at.ends_at, names)}**")
    show_affected(
        page,
        looked_at.doctor_id,
        looked_at.starts_at,
        looked_at.ends_at,
        _("They stay as they are until you move or cancel them in the agenda."),
    )
    st.button(_("Hide this list"), key="closure_hide", icon=":material/close:", on_click=_look_at)


def _look_at(closed: _Time | None = None) -> None:
    st.session_state[_LOOKED_AT] = closed
    st.session_state.pop(_REMOVED, None)


def _add(page: Page, names: dict[int, str]) -> None:
    st.header(_("Close for some time"))
    today = local_day(page.clock(), page.zone)
    form = KeptForm.of(FORM)
    # No st.form: the times appear only where they are asked for.
    with st.container(border=True, width=WIDTH):
        who = st.selectbox(
            _("Who"),
            [EVERYONE, *names],
            format_func=lambda number: _("The whole clinic") if number == EVERYONE else names[number],
            key=form.field("who"),
        )
        first_column, last_column = st.columns(2)
        first = first_column.date_input(
            _("First day"), today, min_value=today, key=form.field("first"), format="YYYY-MM-DD"
        )
        last = last_column.date_input(
            _("Last day (empty: the same day)"), None, min_value=today, key=form.field("last"), format="YYYY-MM-DD"
        )
        begins = ends = None
        if st.toggle(_("Only part of the day"), key=form.field("part")):
            begins_column, ends_column = st.columns(2)
            begins = begins_column.time_input(_("From"), time(13), key=form.field("begins"))
            ends = ends_column.time_input(_("Until"), time(17), key=form.field("ends"))
            st.caption(_("Until 00:00 means the end of the day."))
        form.under("ends_at")
        reason = st.text_input(
            _("Reason (optional)"), key=form.field("reason"), max_chars=200, placeholder=_("Public holiday")
        )
        st.caption(_("Staff see it; patients only see that there are no times. {zone}").format(zone=page.zone_words()))
        form.under("reason")
        pressed = st.button(_("Add the closure"), key=form.field("add"), type="primary", icon=":material/event_busy:")
    if not pressed:
        return
    with form.collecting():
        if first is None:
            raise BadInput(_("Choose the first day."), "ends_at")
        if begins is None or ends is None:
            span = whole_days(first, last or first, page.zone)
        else:
            span = part_of_days(first, begins, last or first, ends, page.zone)
        closed = _Time(who or None, *span)
        page.app.setup.add_closure(page.principal, closed.doctor_id, closed.starts_at, closed.ends_at, reason)
        form.done()
        _look_at(closed)
        shell.tell(_("Closed: {when}.").format(when=_words(page, closed.doctor_id, *span, names)))
        st.rerun()


def _list(page: Page, names: dict[int, str]) -> None:
    today = local_day(page.clock(), page.zone)
    coming = page.app.setup.closures(today, today + AHEAD)
    st.header(_("Closures to come"))
    if not coming:
        st.caption(_("None. Public holidays and time off go here."))
    for closure in coming[:MOST_LISTED]:
        _row(page, closure, names)
    if st.toggle(_("Show those of the past year"), key="closures_past"):
        past = page.app.setup.closures(today - BACK, today - timedelta(days=1))
        ended = [closure for closure in reversed(past) if closure not in coming]
        if not ended:
            st.caption(_("None."))
        for closure in ended[:MOST_LISTED]:
            st.markdown(_details(page, closure, names))


def _row(page: Page, closure: Closure, names: dict[int, str]) -> None:
    number = closure.closure_id
    closed = _Time(closure.doctor_id, closure.starts_at, closure.ends_at)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"closure_row_{number}"):
        st.markdown(_details(page, closure, names), width="stretch")
        st.button(_("Appointments in it"), key=f"closure_look_{number}", on_click=_look_at, args=(closed,))
        if closure.source != "manual":
            st.badge(_("From the calendar"), color="gray")
            return
        when = _words(page, closure.doctor_id, closure.starts_at, closure.ends_at, names)
        with st.popover(_("Remove"), key=f"closure_removing_{number}"):
            st.write(_("Patients can book this time again."))
            st.button(
                _("Remove: {when}").format(when=when),
                key=f"closure_remove_{number}",
                on_click=_remove,
                args=(page, closure),
            )


def _details(page: Page, closure: Closure, names: dict[int, str]) -> str:
    when = _words(page, closure.doctor_id, closure.starts_at, closure.ends_at, names)
    return f"**{when}**" + (f"  \n{plain(closure.reason)}" if closure.reason else "")


def _remove(page: Page, closure: Closure) -> None:
    with shell.showing_errors():
        page.app.setup.remove_closure(page.principal, closure.closure_id)
        _look_at()
        st.session_state[_REMOVED] = closure


def _offer_undo(page: Page, names: dict[int, str]) -> None:
    removed: Closure | None = st.session_state.get(_REMOVED)
    if removed is None:
        return

    def put_back() -> None:
        with shell.showing_errors():
            page.app.setup.add_closure(
                page.principal, removed.doctor_id, removed.starts_at, removed.ends_at, removed.reason
            )
            st.session_state.pop(_REMOVED, None)
            shell.tell(_("Closed again."))

    when = _words(page, removed.doctor_id, removed.starts_at, removed.ends_at, names)
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="closure_removed"):
        st.markdown(_(":material/check_circle: Removed: {when}.").format(when=when), width="stretch")
        st.button(_("Undo"), key="closure_undo", icon=":material/undo:", on_click=put_back)


def _words(page: Page, doctor_id: int | None, starts_at: datetime, ends_at: datetime, names: dict[int, str]) -> str:
    """Who and when, such as "The whole clinic, Friday 25 December 2026"."""
    who = _("The whole clinic") if doctor_id is None else plain(names.get(doctor_id, ""))
    first, last = local_day(starts_at, page.zone), local_day(ends_at - timedelta(seconds=1), page.zone)
    if are_whole_days(starts_at, ends_at, page.zone):
        when = _day(first) if first == last else _("{first} to {last}").format(first=_day(first), last=_day(last))
    else:
        begins, ends = clock_time(starts_at, page.zone), clock_time(ends_at, page.zone)
        if last != local_day(ends_at, page.zone):
            ends = "24:00"
        when = (
            _("{day}, {begins} to {ends}").format(day=_day(first), begins=begins, ends=ends)
            if first == last
            else _("{first}, {begins} to {last}, {ends}").format(
                first=_day(first), begins=begins, last=_day(last), ends=ends
            )
        )
    return _("{who}, {when}").format(who=who, when=when)


def _day(day: date) -> str:
    return f"{day_label(day)} {day.year}"
