"""Choosing a calendar of a connected account, or making one there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.calendars.offered import Offered
from core.scheduler.connections import CalendarConnection
from core.ui.calendars.fields import LONGEST
from core.ui.kept_form import KeptForm
from core.ui.shell import Page
from core.ui.words import _

NEW = ""  # for a list to choose from, in which None means that nothing was chosen
_OFFERED = "calendars_offered"
_EXAMPLE = "clinic@example.com"


@dataclass(frozen=True, slots=True)
class _Looked:
    account_id: int | None
    offered: tuple[Offered, ...]


def offered_by(page: Page, connection: CalendarConnection) -> tuple[Offered, ...]:
    """The calendars of the account, asked for once in this visit; raises a CalendarError."""
    known = st.session_state.setdefault(_OFFERED, {})
    looked = known.get(connection.connection_id)
    if not isinstance(looked, _Looked) or looked.account_id != page.principal.account_id:
        with st.spinner(_("Asking for the account's calendars…")):
            found = page.app.connecting.offered(page.principal, connection.connection_id)
        looked = known[connection.connection_id] = _Looked(page.principal.account_id, found)
    return looked.offered


def look_again(connection_id: int) -> None:
    """Ask the account anew in the next run."""
    st.session_state.get(_OFFERED, {}).pop(connection_id, None)


def calendar_field(page: Page, connection: CalendarConnection, form: KeptForm) -> str | None:
    """Which calendar: what it is known by at its vendor, NEW for one to be made, None where nothing is chosen."""
    if connection.kind == "service_account":
        return google_address_field(form)
    labels = _labels(offered_by(page, connection)) | {NEW: _("Make a new calendar")}
    chosen = st.selectbox(
        _("Which calendar?"),
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        placeholder=_("Choose a calendar"),
        key=form.field("address"),
    )
    form.under("address")
    return chosen


def google_address_field(form: KeptForm) -> str:
    """The address of a calendar at Google, typed."""
    typed = st.text_input(
        _("Calendar ID (its address at Google)"),
        key=form.field("address"),
        max_chars=LONGEST,
        placeholder=_EXAMPLE,
    )
    form.under("address")
    return typed


def name_there(page: Page, connection: CalendarConnection, address: str | None) -> str:
    """What the chosen calendar is called at its vendor; empty for one to be made, and where a service account is used."""
    if not address or connection.kind == "service_account":
        return ""
    return next((one.name for one in offered_by(page, connection) if one.address == address), "")


def _labels(offered: Sequence[Offered]) -> dict[str, str]:
    """The names by address, and with the end of the address where several bear the same name."""
    times = Counter(one.name for one in offered)
    ends = {one.address: one.address.rstrip("/").rpartition("/")[2][:40] for one in offered}
    return {one.address: one.name if times[one.name] == 1 else f"{one.name} ({ends[one.address]})" for one in offered}
