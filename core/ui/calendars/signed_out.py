"""Says which calendars need a new sign-in, to those who can give it, with the way there."""

from collections.abc import Sequence

import streamlit as st

from core.domain.principal import Capability, Scope
from core.scheduler.calendar_overview import ClinicCalendar
from core.scheduler.signed_out import SignInLost
from core.ui.connecting import google_button
from core.ui.shell import Page
from core.ui.words import _, plain


def signed_out_among(calendars: Sequence[ClinicCalendar]) -> list[SignInLost]:
    """Which sign-ins of these calendars are not taken any more."""
    found: dict[tuple[int | None, str, str], list[str]] = {}
    for calendar in calendars:
        if calendar.sign_in.lost:
            key = (calendar.connection_id, calendar.provider, calendar.sign_in.kind)
            found.setdefault(key, []).append(calendar.name)
    return [SignInLost(*key, tuple(names)) for key, names in found.items()]


def show_signed_out(page: Page, known: Sequence[SignInLost] | None = None) -> None:
    """A warning for each sign-in that is not taken any more, looked up unless known; only for those who can mend it."""
    if not page.may(Capability.CONNECT):
        return
    for lost in page.app.connections.lost(page.principal) if known is None else known:
        names = ", ".join(plain(name) for name in lost.calendars)
        with st.container(border=True, key=f"signed_out_{lost.connection_id or lost.provider}"):
            words = _(
                "Not in the calendar: {names} needs a new sign-in. The appointments are safe; they follow as soon as it is back."
            )
            st.warning(words.format(names=names), icon=":material/warning:")
            _way(page, lost)


def _way(page: Page, lost: SignInLost) -> None:
    if lost.kind == "oauth" and lost.connection_id is not None and page.app.connecting.knows_google:
        google_button(f"signed_out_{lost.connection_id}_go", lost.connection_id, _("Reconnect"))
        return
    query = {} if lost.connection_id is None else {"again": str(lost.connection_id)}
    if page.principal.scope(Capability.CONNECT) is Scope.ANY:
        query |= {"part": "add", "where": lost.provider}
        st.page_link("pages/calendars.py", label=_("Reconnect"), icon=":material/link:", query_params=query)
    else:
        st.page_link("pages/account.py", label=_("Reconnect"), icon=":material/link:", query_params=query)
