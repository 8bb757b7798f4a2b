"""The form of a new calendar, whatever its vendor: which one, its name, and how much it tells and takes."""

import streamlit as st

from core.calendars.event import Detail
from core.scheduler.connections import CalendarConnection
from core.ui import shell
from core.ui.calendars.check import check
from core.ui.calendars.fields import (
    LONGEST,
    auto_field,
    detail_field,
    foreign_field,
    name_field,
    outside_caption,
    prefix_field,
)
from core.ui.calendars.pick import NEW, calendar_field, google_address_field, name_there
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.shell import Page
from core.ui.words import _, plain

_EXAMPLE = "personal"


def add_form(page: Page, provider: str, detail: Detail | None, connection: CalendarConnection | None = None) -> None:
    """Add a calendar by this connection, or by the settings; the detail has to be chosen where None is given."""
    number = None if connection is None else connection.connection_id
    form = KeptForm.of(f"calendars_add_{provider}" if number is None else f"calendars_add_{provider}_{number}")
    with st.form(form.key, border=False, width=WIDTH):
        address = _address(provider, form) if connection is None else calendar_field(page, connection, form)
        offers = connection is not None and connection.kind != "service_account"
        name = name_field(form, placeholder=_("As it is called there") if offers else _("Riverside Clinic"))
        if detail is None:
            outside_caption()
        chosen = detail_field(form, detail)
        foreign = foreign_field(form, "everyone")
        prefix = prefix_field(form, current=False)
        auto = auto_field(form, current=False)
        pressed = st.form_submit_button(_("Add the calendar"), type="primary", icon=":material/add:")
    if not pressed:
        return
    with form.collecting():
        if connection is not None:
            name = name.strip() or name_there(page, connection, address)
        if address == NEW and connection is not None and connection.kind != "service_account":
            address = page.app.connecting.new_calendar(
                page.principal, connection.connection_id, name, chosen, page.zone.key
            )
        calendar_id = page.app.calendars.save(
            page.principal,
            None,
            name=name,
            provider=provider,
            address=address or "",
            detail=chosen,
            auto=auto,
            prefix=prefix,
            foreign_blocks=foreign,
            connection_id=number,
        )
        form.done()
        check(page, provider, calendar_id, name.strip())
        shell.tell(_("{name} was added. Next: choose who uses it, under “Who uses which”.").format(name=plain(name)))
        shell.go("calendars", part="calendars")


def _address(provider: str, form: KeptForm) -> str:
    if provider == "embedded":
        return ""
    if provider in {"google", "pipedream"}:
        return google_address_field(form)
    typed = st.text_input(
        _("Last part of the calendar's address"),
        key=form.field("address"),
        max_chars=LONGEST,
        placeholder=_EXAMPLE,
    )
    form.under("address")
    return typed
