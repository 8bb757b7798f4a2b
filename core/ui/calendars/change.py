"""Changing a calendar's name and what its events tell, and letting go of a calendar that nobody uses."""

import streamlit as st

from core.calendars.event import Detail
from core.scheduler.calendar_overview import ClinicCalendar
from core.scheduler.clinic_calendars import CalendarHoldsEvents
from core.ui import shell
from core.ui.calendars.fields import auto_field, detail_field, foreign_field, name_field, prefix_field
from core.ui.calendars.sign_ins import BY_SETTINGS, other_ways
from core.ui.calendars.words import provider_words
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.shell import Page
from core.ui.words import _, ngettext, plain


def change_calendar(page: Page, calendar: ClinicCalendar, key: str) -> None:
    """The form, and below it the way to remove a calendar without doctors."""
    opened = st.expander(_("Change"), key=f"{key}_change", icon=":material/edit:", on_change="rerun")
    if not opened.open:
        return
    with opened:
        _form(page, calendar, f"{key}_form")
        _other_sign_in(page, calendar, f"{key}_sign_in")
        _remove(page, calendar, f"{key}_remove")


def _form(page: Page, calendar: ClinicCalendar, key: str) -> None:
    form = KeptForm.of(key)
    with st.form(form.key, border=False, width=WIDTH):
        name = name_field(form, calendar.name)
        detail = detail_field(form, Detail(calendar.detail))
        foreign = foreign_field(form, calendar.foreign_blocks)
        prefix = prefix_field(form, calendar.prefix)
        auto = auto_field(form, calendar.auto)
        pressed = st.form_submit_button(_("Save"), type="primary", icon=":material/save:")
    if not pressed:
        return
    with form.collecting():
        page.app.calendars.save(
            page.principal,
            calendar.calendar_id,
            name=name,
            provider=calendar.provider,
            detail=detail,
            auto=auto,
            prefix=prefix,
            foreign_blocks=foreign,
        )
        form.done()
        said = _("{name} was saved.").format(name=plain(name))
        if (detail, prefix) != (calendar.detail, calendar.prefix):
            said = f"{said} {_('The events that stand there follow by themselves.')}"
        shell.tell(said)
        st.rerun()


def _other_sign_in(page: Page, calendar: ClinicCalendar, key: str) -> None:
    """The choice of another way to reach the same calendar, where there is one."""
    if calendar.provider == "embedded":
        return
    connections = {one.connection_id: one for one in page.app.connections.list(page.principal)}
    ways = other_ways(page, calendar, connections)
    if len(ways) == 1:
        return
    present = (calendar.provider, calendar.connection_id or BY_SETTINGS)

    def name(way: tuple[str, int]) -> str:
        provider, number = way
        if number in connections:
            return connections[number].name
        return _("The settings: {where}").format(where=provider_words(provider))

    chosen = st.selectbox(_("Reached by"), ways, ways.index(present), format_func=name, key=key)

    def change() -> None:
        with shell.showing_errors():
            provider, number = chosen
            page.app.calendars.sign_in_with(page.principal, calendar.calendar_id, provider, number or None)
            shell.tell(_("{name} is reached in the other way now.").format(name=plain(calendar.name)))

    if chosen != present:
        st.caption(_("Its events are compared and sent again; none is doubled."))
        st.button(_("Reach it this way"), key=f"{key}_do", icon=":material/swap_horiz:", on_click=change)


def _remove(page: Page, calendar: ClinicCalendar, key: str) -> None:
    st.divider()
    if calendar.doctors:
        st.caption(_("To remove this calendar, first give its doctors another one, under “Who uses which”."))
        return
    holds = st.session_state.get(key)
    if not isinstance(holds, int):
        pressed = st.button(_("Remove this calendar"), key=f"{key}_ask", icon=":material/delete:")
        if pressed:
            with shell.showing_errors():
                try:
                    page.app.calendars.remove(page.principal, calendar.calendar_id)
                except CalendarHoldsEvents as error:
                    st.session_state[key] = error.count
                    st.rerun()
                _gone(calendar)
        return
    st.warning(
        ngettext(
            "{count} event stands in this calendar, or waits to be removed from it. CareSlot would leave it there and not "
            "keep it up to date any more.",
            "{count} events stand in this calendar, or wait to be removed from it. CareSlot would leave them there and not "
            "keep them up to date any more.",
            holds,
        ),
        icon=":material/warning:",
    )
    with st.container(horizontal=True):
        st.button(_("Keep the calendar"), key=f"{key}_keep", on_click=_keep, args=(key,))
        pressed = st.button(
            ngettext("Remove it and leave {count} event there", "Remove it and leave {count} events there", holds),
            key=f"{key}_leave",
            icon=":material/delete_forever:",
        )
    if pressed:
        with shell.showing_errors():
            page.app.calendars.remove(page.principal, calendar.calendar_id, leave_events=True)
            _keep(key)
            _gone(calendar)


def _keep(key: str) -> None:
    st.session_state.pop(key, None)


def _gone(calendar: ClinicCalendar) -> None:
    words = _("{name} was removed here. The calendar itself still exists where it is.")
    shell.tell(words.format(name=plain(calendar.name)))
    st.rerun()
