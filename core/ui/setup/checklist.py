"""The first-run checklist: what is still to be done before patients can book, each with a link to where."""

import streamlit as st

from core.scheduler.setup import ChecklistItem, Need
from core.ui.part_tabs import asked_part
from core.ui.setup.parts import Part, link_to_part
from core.ui.shell import Page
from core.ui.words import _

_PARTS = {
    Need.CONTACT: Part.CLINIC,
    Need.VISIT_TYPE: Part.VISIT_TYPES,
    Need.DOCTOR: Part.DOCTORS,
    Need.OFFER: Part.DOCTORS,
    Need.HOURS: Part.HOURS,
}


def show_checklist(page: Page) -> list[ChecklistItem]:
    """What is missing, or one line where nothing is; the items, for parts that say more about theirs."""
    items = page.app.setup.checklist()
    missing = [item for item in items if not item.met]
    if not missing:
        with st.container(horizontal=True, vertical_alignment="center", key="setup_ready"):
            st.markdown(_(":material/check_circle: The clinic is ready: patients can book."), width="content")
            st.page_link("pages/book.py", label=_("Book"), icon=":material/add_circle:")
        return items
    heading = _("**Before patients can book:** {done} of {all} done. Next: {what}").format(
        done=len(items) - len(missing), all=len(items), what=need_words(missing[0].need)
    )
    busy = asked_part(Part) in {Part.HOURS, Part.CLOSURES} or bool({"doctor", "account", "type"} & set(st.query_params))
    with st.expander(heading, expanded=not busy, icon=":material/checklist:"), st.container(gap="xsmall"):
        for item in items:
            _show(item)
    return items


def _show(item: ChecklistItem) -> None:
    words = need_words(item.need)
    if item.met:
        st.caption(_(":material/check_circle: {what} (done)").format(what=words))
    elif item.need is Need.CALENDAR:
        st.page_link("pages/calendars.py", label=words, icon=":material/radio_button_unchecked:")
    else:
        doctor = {"doctor": str(item.lacking[0])} if item.lacking else {}
        link_to_part(f"setup_need_{item.need}", _PARTS[item.need], words, ":material/radio_button_unchecked:", **doctor)


def need_words(need: Need) -> str:
    """What there is to do."""
    return {
        Need.CONTACT: _("Enter the clinic's phone number and what to do in an emergency"),
        Need.VISIT_TYPE: _("Add a visit type that patients can book"),
        Need.DOCTOR: _("Add a doctor"),
        Need.OFFER: _("Choose the visit types that a doctor offers"),
        Need.HOURS: _("Set the weekly hours of every doctor"),
        Need.CALENDAR: _("Connect a calendar"),
    }[need]
