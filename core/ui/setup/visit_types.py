"""The kinds of visits: how long they take, where they are, and who offers them."""

import streamlit as st

from core.scheduler.setup import VisitType
from core.ui import shell
from core.ui.address import number_in
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.part_tabs import open_part
from core.ui.setup.parts import Part
from core.ui.shell import Page
from core.ui.words import _, ngettext, plain

NEW = "new"


def show_visit_types(page: Page) -> None:
    """The list of the visit types, or the one that the address names."""
    types = page.app.setup.visit_types(active=False)
    asked = st.query_params.get("type")
    found = next((kind for kind in types if kind.visit_type_id == number_in(asked)), None)
    if asked == NEW or found is not None:
        st.button(_("All visit types"), key="types_back", icon=":material/arrow_back:", on_click=_turn)
        _edit(page, found, 1 + max((kind.position for kind in types), default=0))
        return
    with st.container(horizontal=True):
        st.button(
            _("Add a visit type"), key="type_new", type="primary", icon=":material/add:", on_click=_turn, args=(NEW,)
        )
        if not types:
            st.button(_("Start with the usual four"), key="types_usual", on_click=_add_usual, args=(page,))
    if not types:
        st.info(
            _(
                "There are no visit types yet. The usual four are: First visit, 30 minutes; Follow-up, 20; Physical "
                "check-up, 40; Video visit, 15. You can change all of it afterwards."
            )
        )
    for kind in sorted(types, key=lambda kind: not kind.active):
        _row(kind)


def _add_usual(page: Page) -> None:
    with shell.showing_errors():
        doctors = [doctor.doctor_id for doctor in page.app.setup.doctors()]
        usual = (
            (_("First visit"), 30, False),
            (_("Follow-up"), 20, False),
            (_("Physical check-up"), 40, False),
            (_("Video visit"), 15, True),
        )
        for position, (name, minutes, remote) in enumerate(usual, 1):
            page.app.setup.save_visit_type(
                page.principal, None, name=name, minutes=minutes, remote=remote, position=position, doctor_ids=doctors
            )
        shell.tell(_("The usual four visit types were added."))


def _row(kind: VisitType) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"type_row_{kind.visit_type_id}"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(kind.name)}**")
            st.caption(
                _("{minutes}, then {buffer} free").format(
                    minutes=ngettext("{count} minute", "{count} minutes", kind.minutes),
                    buffer=ngettext("{count} minute", "{count} minutes", kind.buffer_minutes),
                )
            )
        if kind.remote:
            st.badge(_("Video"), icon=":material/videocam:", color="blue")
        if not kind.online:
            st.badge(_("Booked by staff only"), icon=":material/call:", color="gray")
        if not kind.active:
            st.badge(_("Not active"), icon=":material/block:", color="gray")
        st.button(
            _("Change"),
            key=f"type_change_{kind.visit_type_id}",
            help=_("Change {name}").format(name=plain(kind.name)),
            on_click=_turn,
            args=(str(kind.visit_type_id),),
        )


def _turn(visit_type: str | None = None) -> None:
    open_part(Part.VISIT_TYPES, **({"type": visit_type} if visit_type else {}))


def _edit(page: Page, kind: VisitType | None, next_position: int) -> None:
    st.header(plain(kind.name) if kind else _("Add a visit type"))
    form = KeptForm.of(f"type_{kind.visit_type_id if kind else NEW}")
    doctors = {doctor.doctor_id: doctor.name for doctor in page.app.setup.doctors(active=False) if doctor.active}
    offering = [doctor for doctor, types in page.app.setup.offers().items() if kind and kind.visit_type_id in types]
    with st.form(form.key, border=False, width=WIDTH):
        name = st.text_input(_("Name"), kind.name if kind else "", key=form.field("name"), max_chars=200)
        form.under("name")
        left, right = st.columns(2)
        with left:
            # Without bounds: a field keeps what lies outside of its own to itself, and nobody is told why.
            minutes = st.number_input(
                _("Length (minutes)"), value=kind.minutes if kind else 30, step=5, key=form.field("minutes")
            )
            st.caption(_("What is booked already keeps its length."))
            form.under("minutes")
        with right:
            buffer = st.number_input(
                _("Buffer after it (minutes)"),
                value=kind.buffer_minutes if kind else 5,
                step=5,
                key=form.field("buffer_minutes"),
            )
            st.caption(_("Kept free before the next visit; it may run past closing time."))
            form.under("buffer_minutes")
        online = st.toggle(_("Patients book it online"), kind.online if kind else True, key=form.field("online"))
        st.caption(_("Otherwise only staff can book it, such as after a call."))
        remote = st.toggle(_("By video"), kind.remote if kind else False, key=form.field("remote"))
        place = st.text_input(
            _("Place or video link"),
            kind.place if kind else "",
            key=form.field("place"),
            max_chars=200,
            placeholder=_("https://… for a video visit"),
        )
        st.caption(_("Empty means the doctor's room. Patients see it with their booking."))
        form.under("place")
        offered_by = st.multiselect(
            _("Offered by"),
            list(doctors),
            [doctor for doctor in offering if doctor in doctors] if kind else list(doctors),
            format_func=doctors.__getitem__,
            placeholder=_("Choose doctors"),
            key=form.field("doctors"),
        )
        position = st.number_input(
            _("Place in the list"), 0, 999, kind.position if kind else next_position, 1, key=form.field("position")
        )
        st.caption(_("Patients see the lowest number first."))
        active = True
        if kind is not None:
            active = st.toggle(_("Active"), kind.active, key=form.field("active"))
            st.caption(_("What is not active can't be booked any more. Nothing that is booked is cancelled."))
        pressed = st.form_submit_button(
            _("Save") if kind else _("Add the visit type"),
            key=form.field("submit"),
            type="primary",
            icon=":material/save:",
        )
    if pressed:
        with form.collecting():
            page.app.setup.save_visit_type(
                page.principal,
                kind.visit_type_id if kind else None,
                name=name,
                minutes=int(minutes),
                buffer_minutes=int(buffer),
                online=online,
                remote=remote,
                place=place,
                active=active,
                position=int(position),
                doctor_ids=[*offered_by, *(doctor for doctor in offering if doctor not in doctors)],
            )
            form.done()
            shell.tell(
                _("{name} was saved.").format(name=plain(name))
                if kind
                else _("{name} was added.").format(name=plain(name))
            )
            shell.go("setup", part=Part.VISIT_TYPES.value)
