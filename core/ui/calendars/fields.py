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
