"""A doctor's own calendar, on the doctor's account page: which one it is, and connecting another."""

from collections.abc import Sequence

import streamlit as st

from core.calendars.event import Detail
from core.scheduler.calendar_overview import ClinicCalendar
from core.scheduler.connections import CalendarConnection
from core.ui import shell
from core.ui.calendars.accounts import account_words, caldav_form, show_accounts
from core.ui.calendars.check import check, show_checked
from core.ui.calendars.fields import auto_field, detail_field, foreign_field, name_field, outside_caption
from core.ui.calendars.pick import NEW, calendar_field
from core.ui.calendars.signed_out import show_signed_out
from core.ui.calendars.words import provider_icon, provider_words
from core.ui.connecting import asked_again, asked_connection, google_button, may_keep
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.shell import Page
from core.ui.words import _, plain


def own_calendar(page: Page) -> None:
    """The doctor's part: the present calendar, what it tells where it is their own, and the way to another."""
    st.header(_("Your calendar"), anchor=False)
    show_signed_out(page)
    mine = page.app.own_calendar.mine(page.principal)
    accounts = page.app.connections.list(page.principal)
    _present(page, mine, accounts)
    opened = st.expander(
        _("Connect your own calendar"),
        key="account_connect" if mine is None else f"account_connect_{mine.calendar_id}",
        icon=":material/link:",
        expanded=asked_connection() is not None or asked_again() is not None,
        on_change="rerun",
    )
    if opened.open:  # for it asks the accounts which calendars they have
        with opened:
            _connect(page, accounts)


def _present(page: Page, mine: ClinicCalendar | None, accounts: Sequence[CalendarConnection]) -> None:
    if mine is None:
        st.markdown(_("You have no calendar yet, so appointments stand in CareSlot only."))
        return
    where = f"{provider_icon(mine.provider)} {provider_words(mine.provider)}"
    st.markdown(_("Your appointments appear in **{name}** · {where}").format(name=plain(mine.name), where=where))
    show_checked(page, mine)
    if mine.connection_id not in {one.connection_id for one in accounts}:
        st.caption(_("The clinic has connected it."))
        return
    st.caption(_("To use the clinic's calendar again, ask a manager."))
    with st.expander(_("What it tells and takes"), key="account_calendar", icon=":material/edit:"):
        _change(page, mine)


def _change(page: Page, mine: ClinicCalendar) -> None:
    form = KeptForm.of("account_calendar_form")
    with st.form(form.key, border=False, width=WIDTH):
        name = name_field(form, mine.name)
        detail = detail_field(form, Detail(mine.detail))
        foreign = foreign_field(form, mine.foreign_blocks)
        auto = auto_field(form, mine.auto)
        pressed = st.form_submit_button(_("Save"), type="primary", icon=":material/save:")
    if pressed:
        with form.collecting():
            page.app.own_calendar.change(page.principal, name=name, detail=detail, auto=auto, foreign_blocks=foreign)
            form.done()
            shell.tell(_("{name} was saved.").format(name=plain(name)))
            st.rerun()


def _connect(page: Page, accounts: Sequence[CalendarConnection]) -> None:
    st.markdown(
        _(
            "Sign in where your calendar is; then choose it. Appointments that stand in the calendar used so far move "
            "into yours, and busy times there keep patients from booking."
        )
    )
    for connection in accounts:
        st.markdown(_("**Use a calendar of this account:** {account}").format(account=account_words(connection)))
        with shell.showing_errors():
            _use(page, connection)
    if may_keep(page):
        if page.app.connecting.knows_google:
            google_button("account_google", label=_("Sign in with Google"))
        st.markdown(_("**Nextcloud, iCloud, Fastmail and their like (CalDAV)**"))
        number = caldav_form(page)
        if number is not None:
            shell.tell(_("The account is connected. Now choose one of its calendars."))
            st.query_params["connection"] = str(number)
            st.rerun()
    show_accounts(page, accounts)


def _use(page: Page, connection: CalendarConnection) -> None:
    form = KeptForm.of(f"account_use_{connection.connection_id}")
    with st.form(form.key, border=False, width=WIDTH):
        address = calendar_field(page, connection, form)
        name = name_field(form, page.principal.name)
        outside_caption()
        detail = detail_field(form, None)
        foreign = foreign_field(form, "everyone")
        auto = auto_field(form, current=False)
        pressed = st.form_submit_button(_("Use this calendar"), type="primary", icon=":material/check:")
    if not pressed:
        return
    with form.collecting():
        number = connection.connection_id
        if address == NEW:
            address = page.app.connecting.new_calendar(page.principal, number, name, detail, page.zone.key)
        page.app.own_calendar.connect(
            page.principal,
            connection_id=number,
            address=address or "",
            name=name,
            detail=detail,
            auto=auto,
            foreign_blocks=foreign,
        )
        form.done()
        mine = page.app.own_calendar.mine(page.principal)
        if mine is not None:
            check(page, mine.provider, mine.calendar_id, mine.name)
        shell.tell(
            _(
                "Your appointments appear in {name} now. Those that stood in another calendar follow by themselves."
            ).format(name=plain(name))
        )
        st.query_params.clear()
        st.rerun()
