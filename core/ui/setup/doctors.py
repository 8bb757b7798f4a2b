"""The doctors: who they are, what they offer, and in which calendar and colour their appointments stand."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core.scheduler.setup import Doctor
from core.ui import shell
from core.ui.address import number_in
from core.ui.colours import COLOUR_IDS, colour_badge, colour_name
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.long_list import MOST_ROWS, offer_to_find
from core.ui.part_tabs import open_part
from core.ui.setup.affected import show_affected
from core.ui.setup.parts import Part, link_to_part
from core.ui.setup.sign_in import show_sign_in
from core.ui.shell import Page
from core.ui.words import _, plain

NEW = "new"
NO_CALENDAR = ""
LONGEST = 200


def show_doctors(page: Page) -> None:
    """The list of the doctors, or the one that the address names."""
    doctors = page.app.setup.doctors(active=False)
    asked = st.query_params.get("doctor")
    found = next((doctor for doctor in doctors if doctor.doctor_id == number_in(asked)), None)
    if asked == NEW or found is not None:
        st.button(_("All doctors"), key="doctors_back", icon=":material/arrow_back:", on_click=_turn)
        _edit(page, found, found.colour_id if found else _free_colour(doctors))
        return
    st.button(
        _("Add a doctor"),
        key="doctor_new",
        type="primary",
        icon=":material/person_add:",
        on_click=_turn,
        args=(NEW,),
    )
    if not doctors:
        st.info(_("There are no doctors yet. Add the first one, then set the weekly hours."))
    doctors.sort(key=lambda doctor: (not doctor.active, doctor.name.casefold()))
    names = {doctor.doctor_id: doctor.name for doctor in doctors}
    offer_to_find("doctor_find", _("Find a doctor"), names, _turn)
    for doctor in doctors[:MOST_ROWS]:
        _row(doctor)


def _row(doctor: Doctor) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"doctor_row_{doctor.doctor_id}"):
        # One text rather than two in a container: what rows are made of is most of the page's time.
        details = " · ".join(plain(text) for text in (doctor.specialty, doctor.room) if text)
        st.markdown(f"**{plain(doctor.name)}**" + (f"  \n:small[{details}]" if details else ""), width="stretch")
        colour_badge(doctor.name, doctor.colour_id)
        if not doctor.active:
            st.badge(_("Not active"), icon=":material/person_off:", color="gray")
        st.button(
            _("Change"),
            key=f"doctor_change_{doctor.doctor_id}",
            help=_("Change {name}").format(name=plain(doctor.name)),
            on_click=_turn,
            args=(str(doctor.doctor_id),),
        )


def _turn(doctor: str | None = None) -> None:
    open_part(Part.DOCTORS, **({"doctor": doctor} if doctor else {}))


def _free_colour(doctors: Sequence[Doctor]) -> str:
    """The first colour that no active doctor has, or that the fewest have."""
    taken = Counter(doctor.colour_id for doctor in doctors if doctor.active)
    return min(COLOUR_IDS, key=taken.__getitem__)


def _edit(page: Page, doctor: Doctor | None, colour_id: str) -> None:
    st.header(plain(doctor.name) if doctor else _("Add a doctor"))
    _details(page, doctor, colour_id)
    if doctor is None:
        return
    link_to_part(
        "doctor_to_hours",
        Part.HOURS,
        _("Weekly hours of {name}").format(name=plain(doctor.name)),
        ":material/schedule:",
        doctor=str(doctor.doctor_id),
    )
    show_sign_in(page, doctor)
    if not doctor.active:
        show_affected(
            page, doctor.doctor_id, page.clock(), None, _("They stay as they are until you move or cancel them.")
        )


def _details(page: Page, doctor: Doctor | None, colour: str) -> None:
    form = KeptForm.of(f"doctor_{doctor.doctor_id if doctor else NEW}")
    choices = page.app.setup.doctor_choices(page.principal, doctor.doctor_id if doctor else None)
    types = {kind.visit_type_id: kind for kind in choices.visit_types}
    calendars = choices.calendars | {NO_CALENDAR: _("No calendar")}
    calendar_ids = list(calendars)
    current = (doctor.calendar_id or NO_CALENDAR) if doctor else calendar_ids[0]
    with st.form(form.key, border=False, width=WIDTH):
        name = st.text_input(
            _("Name"),
            doctor.name if doctor else "",
            key=form.field("name"),
            max_chars=LONGEST,
            placeholder=_("Dr. Sarah Johnson"),
        )
        form.under("name")
        specialty = st.text_input(
            _("Specialty"), doctor.specialty if doctor else "", key=form.field("specialty"), max_chars=LONGEST
        )
        form.under("specialty")
        room = st.text_input(_("Room"), doctor.room if doctor else "", key=form.field("room"), max_chars=LONGEST)
        form.under("room")
        visit_types = st.multiselect(
            _("Visit types offered"),
            [number for number, kind in types.items() if kind.active or number in choices.offered],
            choices.offered,
            format_func=lambda number: types[number].name,
            placeholder=_("Choose what patients can book with this doctor"),
            key=form.field("visit_types"),
        )
        if not types:
            st.caption(_("There are no visit types yet. When you add one, you choose who offers it."))
        calendar_id = st.selectbox(
            _("Calendar"),
            calendar_ids,
            calendar_ids.index(current) if current in calendars else len(calendars) - 1,
            format_func=calendars.__getitem__,
            key=form.field("calendar"),
        )
        st.caption(_("Appointments that are synced appear there. Doctors can share one or have one each."))
        form.under("calendar_id")
        colour_id = st.selectbox(
            _("Colour in the calendar"),
            COLOUR_IDS,
            COLOUR_IDS.index(colour),
            format_func=colour_name,
            key=form.field("colour"),
        )
        st.caption(_("The first four are the easiest to tell apart. Initials always stand beside the colour."))
        form.under("colour_id")
        active = True
        if doctor is not None:
            active = st.toggle(_("Active"), doctor.active, key=form.field("active"))
            st.caption(
                _(
                    "Patients can't book with a doctor who is not active. Nothing that is booked is cancelled. A calendar "
                    "of the doctor's own is not used any more."
                )
            )
        pressed = st.form_submit_button(
            _("Save") if doctor else _("Add the doctor"),
            key=form.field("submit"),
            type="primary",
            icon=":material/save:",
        )
    if pressed:
        with form.collecting():
            number = page.app.setup.save_doctor(
                page.principal,
                doctor.doctor_id if doctor else None,
                name=name,
                specialty=specialty,
                room=room,
                calendar_id=calendar_id or None,
                colour_id=colour_id,
                active=active,
                account_id=doctor.account_id if doctor else None,
                visit_type_ids=visit_types,
            )
            form.done()
            if doctor is None:
                shell.tell(_("{name} was added. Next: the weekly hours.").format(name=plain(name)))
            else:
                shell.tell(_("{name} was saved.").format(name=plain(name)))
            shell.go("setup", part=Part.DOCTORS.value, doctor=str(number))
