"""The fields that adding and changing a calendar share."""

import streamlit as st

from core.calendars.event import Detail
from core.ui.calendars.words import DETAILS, detail_caption, detail_name
from core.ui.kept_form import KeptForm
from core.ui.words import _

LONGEST = 200


def name_field(form: KeptForm, value: str = "", placeholder: str = "") -> str:
    """What people call the calendar."""
    typed = st.text_input(_("Name"), value, key=form.field("name"), max_chars=LONGEST, placeholder=placeholder)
    form.under("name")
    return typed


def detail_field(form: KeptForm, current: Detail | None) -> Detail | None:
    """How much its events may tell; nothing is chosen beforehand where the current one is None."""
    chosen = st.radio(
        _("What its events may tell"),
        DETAILS,
        None if current is None else DETAILS.index(current),
        format_func=detail_name,
        captions=[detail_caption(detail) for detail in DETAILS],
        key=form.field("detail"),
    )
    form.under("detail")
    st.caption(_("Medical notes never leave the clinic's database."))
    return chosen


def outside_caption() -> None:
    """What choosing an outside vendor means."""
    st.caption(_("What you choose here leaves the clinic: people who may see the calendar can read it."))


def foreign_field(form: KeptForm, current: str) -> str:
    """Whose time is taken by events that are not CareSlot's."""
    names = {"everyone": _("Everyone who shares it"), "nobody": _("Nobody")}
    chosen: str = st.radio(
        _("Other events in this calendar take the time of"),
        list(names),
        list(names).index(current),
        format_func=names.__getitem__,
        key=form.field("foreign"),
        help=_("Nothing can be booked while such an event takes a doctor's time. Its title is never kept."),
    )
    form.under("foreign_blocks")
    return chosen


def auto_field(form: KeptForm, current: bool) -> bool:
    """Whether every booking appears there without being asked."""
    return st.toggle(
        _("Put every new booking there by itself"),
        current,
        key=form.field("auto"),
        help=_("Otherwise people choose, with “Sync to calendar”. What was synced once always follows by itself."),
    )


def prefix_field(form: KeptForm, current: bool) -> bool:
    """Whether titles begin with the doctor's name."""
    return st.toggle(
        _("Begin titles with the doctor, such as “[Dr. Johnson]”"),
        current,
        key=form.field("prefix"),
        help=_("Helps where doctors share a calendar. Events that show the number only stay without it."),
    )
