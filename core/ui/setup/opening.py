"""Opening an empty clinic: its name, how to reach it, and the time zone in which it lives from then on."""

from zoneinfo import ZoneInfo

import streamlit as st

from core.scheduler.clinic import Clinic, zone_names
from core.ui import shell
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.shell import Page
from core.ui.times import clock_time
from core.ui.words import _

FORM = "open_clinic"
LONGEST = 200


def offer_to_open(page: Page) -> None:
    """The form that opens the clinic, in place of everything else on Setup."""
    st.title(_("Open your clinic"))
    st.write(
        _(
            "Tell us about the clinic first. A checklist then leads you to the first appointment: visit types, doctors "
            "and their weekly hours."
        )
    )
    form = KeptForm.of(FORM)
    zones = zone_names()
    here = st.context.timezone
    zone = st.selectbox(
        _("Time zone"),
        zones,
        index=zones.index(here) if here in zones else None,
        placeholder=_("Type a city near you"),
        key=form.field("zone"),
    )
    form.under("zone")
    shown = (
        "" if zone is None else _("The clocks there show {time}.").format(time=clock_time(page.clock(), ZoneInfo(zone)))
    )
    st.caption(
        _("{clock} Hours and appointments are kept in this zone; it can't be changed later.")
        .format(clock=shown)
        .strip()
    )
    with st.form(form.key, border=False, width=WIDTH):
        values = details_fields(form)
        pressed = st.form_submit_button(
            _("Open the clinic"), key=form.field("submit"), type="primary", icon=":material/door_open:"
        )
    if pressed:
        with form.collecting():
            page.app.setup.create_clinic(page.principal, zone=zone or "", **values)
            form.done()
            shell.tell(_("The clinic is open. The checklist shows what comes next."))
            st.rerun()


def details_fields(form: KeptForm, clinic: Clinic | None = None) -> dict[str, str]:
    """The fields of a clinic's details with their problems; what was typed, by field."""
    name = st.text_input(
        _("Name of the clinic"), key=form.kept("name", clinic.name if clinic else ""), max_chars=LONGEST
    )
    form.under("name")
    address = st.text_input(_("Address"), key=form.kept("address", clinic.address if clinic else ""), max_chars=LONGEST)
    form.under("address")
    phone = st.text_input(
        _("Phone"), key=form.kept("phone", clinic.phone if clinic else ""), type="phone", max_chars=LONGEST
    )
    st.caption(_("Patients are told to call it where they can't do something online."))
    form.under("phone")
    emergency = st.text_input(
        _("Emergency number"), key=form.kept("emergency", clinic.emergency if clinic else ""), max_chars=LONGEST
    )
    st.caption(_("Stands above every booking: “Emergency? Call … Don't book here.”"))
    form.under("emergency")
    return {"name": name, "address": address, "phone": phone, "emergency": emergency}
