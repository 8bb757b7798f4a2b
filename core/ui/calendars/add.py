"""Adding a calendar: the built-in one, one at Google, or one on another calendar server."""

import streamlit as st

from core.calendars.event import Detail
from core.ui.calendars.add_form import add_form
from core.ui.calendars.add_outside import add_caldav, add_google, add_pipedream
from core.ui.shell import Page
from core.ui.words import _

_WHERE = "calendars_where"


def add_calendar(page: Page) -> None:
    """Where the new calendar is, how CareSlot signs in there, and the form once it does."""
    places = {
        "google": (_("Google Calendar"), _("Staff see appointments wherever they use Google Calendar.")),
        "embedded": (
            _("Built-in calendar"),
            _("Comes with CareSlot and needs no account; reachable from this machine only."),
        ),
        "caldav": (_("Another calendar server (CalDAV)"), _("Nextcloud, iCloud, Fastmail and their like.")),
    }
    if page.app.registry.pipedream_sign_in().kind:
        places["pipedream"] = (
            _("Google Calendar through Pipedream"),
            _("With a Google account that is connected there."),
        )
    asked = st.query_params.get("where", "")
    if _WHERE not in st.session_state and asked in places:
        st.session_state[_WHERE] = asked
    where = st.radio(
        _("Where is the calendar?"),
        list(places),
        format_func=lambda provider: places[provider][0],
        captions=[caption for _name, caption in places.values()],
        key=_WHERE,
    )
    match where:
        case "google":
            add_google(page)
        case "caldav":
            add_caldav(page)
        case "pipedream":
            add_pipedream(page)
        case _:
            st.header(_("Add a built-in calendar"), anchor=False)
            add_form(page, "embedded", Detail.FULL)
