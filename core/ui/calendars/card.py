"""One calendar on the page Calendars: where it is, who uses it, what it tells, how it stands, and what can be done."""

import streamlit as st

from core.calendars.event import Detail
from core.calendars.registry import SignIn
from core.scheduler.calendar_overview import ClinicCalendar
from core.ui import shell
from core.ui.calendars.change import change_calendar
from core.ui.calendars.check import check, show_checked
from core.ui.calendars.look_in import look_in
from core.ui.calendars.words import (
    SAMPLE_DOCTOR,
    detail_name,
    detail_words,
    example_title,
    provider_icon,
    provider_words,
    said,
    trouble_words,
)
from core.ui.colours import colour_badge
from core.ui.shell import Page
from core.ui.times import clock_time, day_and_time, local_day
from core.ui.words import _, ngettext, plain

MOST_DOCTORS = 8


def calendar_card(page: Page, calendar: ClinicCalendar, sign_in: SignIn) -> None:
    """The card; `sign_in` is how CareSlot signs in where the calendar is."""
    key = f"calendar_{calendar.calendar_id}"
    with st.container(border=True, key=key):
        st.header(plain(calendar.name), anchor=False)
        where = f"{provider_icon(calendar.provider)} {provider_words(calendar.provider)}"
        st.markdown(where if calendar.provider == "embedded" else f"{where} · `{calendar.calendar_id}`")
        if calendar.sign_in.name:
            st.caption(_("By the account {name}").format(name=said(calendar.sign_in.name)))
        _doctors(calendar)
        _contents(calendar)
        _state(page, calendar, sign_in)
        with st.container(horizontal=True):
            asked = st.button(_("Check now"), key=f"{key}_check", icon=":material/network_check:")
            _offer_again(page, calendar, key)
        if asked:
            with shell.showing_errors():
                page.app.pull.ask(calendar.calendar_id)  # what changed there is read at once, too
                check(page, calendar.provider, calendar.calendar_id, calendar.name)
        show_checked(page, calendar)
        if calendar.provider == "embedded":
            look_in(page, calendar, key)
        change_calendar(page, calendar, key)


def _doctors(calendar: ClinicCalendar) -> None:
    if not calendar.doctors:
        st.caption(_("No doctor uses it."))
        return
    for doctor in calendar.doctors[:MOST_DOCTORS]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            words = plain(doctor.name)
            st.markdown(words if doctor.active else _("{name} (not active)").format(name=words), width="content")
            colour_badge(doctor.name, doctor.colour_id)
    if len(calendar.doctors) > MOST_DOCTORS:
        more = len(calendar.doctors) - MOST_DOCTORS
        st.caption(ngettext("and {count} more doctor", "and {count} more doctors", more))


def _contents(calendar: ClinicCalendar) -> None:
    detail = Detail(calendar.detail)
    doctor = calendar.doctors[0].name if calendar.doctors else SAMPLE_DOCTOR
    title = plain(example_title(detail, prefix=calendar.prefix, doctor=doctor))
    shows = _("Shows: {name}. “{title}”, {rest}.").format(
        name=detail_name(detail).lower(), title=title, rest=detail_words(detail)
    )
    auto = (
        _("Every new booking appears there by itself.")
        if calendar.auto
        else _("People choose which bookings appear there, with “Sync to calendar”.")
    )
    st.markdown(f":material/visibility: {shows}  \n:material/sync: {auto}")


def _state(page: Page, calendar: ClinicCalendar, sign_in: SignIn) -> None:
    if calendar.last_push_at is None:
        parts = [_("Nothing was sent there yet")]
    else:
        parts = [_("Last push: {when}").format(when=day_and_time(calendar.last_push_at, page.zone))]
    waiting = calendar.pending - calendar.failed
    if waiting:
        parts.append(ngettext("{count} event waits", "{count} events wait", waiting))
    if calendar.failed:
        parts.append(ngettext("{count} failed", "{count} failed", calendar.failed))
    elif not waiting:
        parts.append(_("nothing waits"))
    st.caption(" · ".join(parts))
    trouble = trouble_words(calendar, sign_in) if calendar.last_error_at is not None else ""
    if _rests(page, calendar) and calendar.paused_until is not None:
        same_day = local_day(calendar.paused_until, page.zone) == local_day(page.clock(), page.zone)
        until = (clock_time if same_day else day_and_time)(calendar.paused_until, page.zone)
        asked = calendar.last_error_kind == "quota"
        pause = _("Paused until {until}, as it asked.") if asked else _("Tried again at {until}.")
        trouble = " ".join([trouble, pause.format(until=until)])
    if trouble:
        st.warning(trouble.strip(), icon=":material/warning:")


def _rests(page: Page, calendar: ClinicCalendar) -> bool:
    """Whether it asked for patience, and gets it still."""
    return calendar.paused_until is not None and calendar.paused_until > page.clock()


def _offer_again(page: Page, calendar: ClinicCalendar, key: str) -> None:
    """The way to try at once what would be tried later by itself."""
    rests = _rests(page, calendar)

    def again() -> None:
        with shell.showing_errors():
            page.app.calendars.try_again(page.principal, calendar.calendar_id)
            shell.tell(_("{name} is tried again now.").format(name=plain(calendar.name)), "info")

    if calendar.failed or rests:
        st.button(
            _("Go on now") if rests else _("Try all again"),
            key=f"{key}_again",
            icon=":material/refresh:",
            on_click=again,
        )
