"""How to connect a vendor, in numbered steps, and what is set now; secrets are never shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.calendars.google_access import CALENDAR_SCOPE
from core.calendars.registry import SignIn
from core.ui.shell import Page
from core.ui.words import _, plain

CONSOLE = "https://console.cloud.google.com"
PLAYGROUND = "https://developers.google.com/oauthplayground"
GOOGLE_SETTINGS = "https://calendar.google.com/calendar/r/settings"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: a sentence, and where to do it, what to copy, or what to set."""

    text: str
    link: tuple[str, str] | None = None
    copy: str = ""
    settings: str = ""


def google_status(page: Page, sign_in: SignIn) -> None:
    """How CareSlot signs in with Google now."""
    known = page.app.settings
    if not sign_in.kind:
        st.info(_("CareSlot is not connected to Google yet. It takes about ten minutes, once."), icon=":material/info:")
    elif sign_in.ready and sign_in.kind == "service_account":
        st.success(_("Connected by a service account. Share each calendar with its address:"), icon=":material/link:")
        st.code(sign_in.account, language=None, wrap_lines=True)
    elif sign_in.ready:
        st.success(
            _("Connected by a Google account's refresh token: the calendars of that account can be used."),
            icon=":material/link:",
        )
    else:
        _not_ready(sign_in)
    given = {
        "GOOGLE_SERVICE_ACCOUNT_FILE": known.google_service_account_file,
        "GOOGLE_CLIENT_ID": known.google_client_id,
        "GOOGLE_CLIENT_SECRET": known.google_client_secret,
        "GOOGLE_REFRESH_TOKEN": known.google_refresh_token,
    }
    _what_is_set(given)
    if known.google_service_account_file and known.google_refresh_token:
        st.caption(_("Both ways are set: the service account is used."))


def pipedream_status(sign_in: SignIn) -> None:
    """How CareSlot signs in with Pipedream now."""
    if sign_in.ready:
        words = _("Connected through Pipedream, as its user {user}.")
        st.success(words.format(user=plain(sign_in.account)), icon=":material/link:")
    else:
        _not_ready(sign_in)


def caldav_status(page: Page, sign_in: SignIn) -> None:
    """How CareSlot signs in with a CalDAV server now."""
    known = page.app.settings
    if not sign_in.kind:
        st.info(_("CareSlot is not connected to a calendar server yet."), icon=":material/info:")
    elif sign_in.ready:
        words = _("Connected as {user}. Its calendars stand below this address:")
        st.success(words.format(user=plain(sign_in.account)), icon=":material/link:")
        st.code(sign_in.address, language=None, wrap_lines=True)
    else:
        _not_ready(sign_in)
    _what_is_set(
        {
            "CALDAV_URL": known.caldav_url,
            "CALDAV_USERNAME": known.caldav_username,
            "CALDAV_PASSWORD": known.caldav_password,
        }
    )


def _project_steps() -> Sequence[Step]:
    """What both ways to Google begin with."""
    return (
        Step(_("Create a project in the Google Cloud console, or choose one."), _console("/projectcreate")),
        Step(
            _("Switch on the Google Calendar API for it."),
            (_("Google Calendar API"), f"{CONSOLE}/apis/library/calendar-json.googleapis.com"),
        ),
    )


def service_account_steps(sign_in: SignIn) -> Sequence[Step]:
    """Google by a service account: an account of CareSlot's own, with which people share their calendars."""
    shared_with = (
        _("share the calendar with the address above")
        if sign_in.kind == "service_account" and sign_in.account
        else _("share the calendar with the service account's address (it ends in “.iam.gserviceaccount.com”)")
    )
    return (
        *_project_steps(),
        Step(
            _(
                "Create a service account; it needs no roles. Under its “Keys”, add a key of the type JSON: a file is "
                "downloaded."
            ),
            (_("Service accounts"), f"{CONSOLE}/iam-admin/serviceaccounts"),
        ),
        Step(
            _(
                "Put the file into the form on this page. Or put it on CareSlot's machine where only CareSlot can read it, "
                "set its path, in the environment or in `.streamlit/secrets.toml`, and restart CareSlot."
            ),
            settings='GOOGLE_SERVICE_ACCOUNT_FILE = "/etc/careslot/google.json"',
        ),
        Step(
            _(
                "In Google Calendar, open the settings of the clinic's calendar. Under “Share with specific people”, "
                "{shared_with}, with the permission “Make changes to events”."
            ).format(shared_with=shared_with),
            (_("Google Calendar's settings"), GOOGLE_SETTINGS),
        ),
        Step(
            _("There, under “Integrate calendar”, copy the “Calendar ID”, and add the calendar on this page with it.")
        ),
    )


def _client_made(redirect_address: str) -> Sequence[Step]:
    """A project at Google with a client that may send people back to this address."""
    return (
        *_project_steps(),
        Step(
            _(
                "Under “Audience”, choose “Internal”, or “External” and publish the app. As long as it says “Testing”, "
                "each connection ends after 7 days."
            ),
            (_("Audience"), f"{CONSOLE}/auth/audience"),
        ),
        Step(
            _("Create a client of the type “Web application” with this redirect address:"),
            (_("Clients"), f"{CONSOLE}/auth/clients"),
            copy=redirect_address,
        ),
    )


def client_steps(redirect_address: str) -> Sequence[Step]:
    """A client at Google, once for the clinic: then everybody who may connect signs in with a button."""
    return (
        *_client_made(redirect_address),
        Step(
            _("Set its ID and secret, in the environment or in `.streamlit/secrets.toml`. Then restart CareSlot."),
            settings='GOOGLE_CLIENT_ID = "…"\nGOOGLE_CLIENT_SECRET = "…"',
        ),
    )


def refresh_token_steps() -> Sequence[Step]:
    """Google by OAuth: a person agrees once, and CareSlot uses that person's calendars."""
    return (
        *_client_made(PLAYGROUND),
        Step(
            _(
                "In Google's OAuth Playground, open the gear, tick “Use your own OAuth credentials” and enter the "
                "client's ID and secret. Then authorize this scope, with the Google account that owns the calendar:"
            ),
            (_("OAuth Playground"), f"{PLAYGROUND}/"),
            copy=CALENDAR_SCOPE,
        ),
        Step(
            _(
                "Exchange the code for tokens, and set all three, in the environment or in `.streamlit/secrets.toml`. Then "
                "restart CareSlot."
            ),
            settings='GOOGLE_CLIENT_ID = "…"\nGOOGLE_CLIENT_SECRET = "…"\nGOOGLE_REFRESH_TOKEN = "…"',
        ),
        Step(
            _(
                "In Google Calendar's settings, open the calendar; under “Integrate calendar”, copy the “Calendar ID”, and "
                "add the calendar on this page with it."
            ),
            (_("Google Calendar's settings"), GOOGLE_SETTINGS),
        ),
    )


def caldav_steps() -> Sequence[Step]:
    """Nextcloud, iCloud, Fastmail and their like."""
    return (
        Step(
            _(
                "In your calendar server, make an app password for CareSlot. Nextcloud, iCloud and Fastmail all offer that."
            )
        ),
        Step(_("Find the address below which your calendars stand. In Nextcloud it looks like this:"), copy=_NEXTCLOUD),
        Step(
            _("Set all three, in the environment or in `.streamlit/secrets.toml`. Then restart CareSlot."),
            settings=f'CALDAV_URL = "{_NEXTCLOUD}"\nCALDAV_USERNAME = "jane"\nCALDAV_PASSWORD = "…"',
        ),
        Step(
            _(
                "Add the calendar on this page with the last part of its address, such as “personal”. It has to exist "
                "there, and its address has to begin with https:// and be reachable from the internet."
            )
        ),
    )


_NEXTCLOUD = "https://cloud.example.com/remote.php/dav/calendars/jane/"


def show_steps(title: str, key: str, steps: Callable[[], Sequence[Step]], *, expanded: bool = False) -> None:
    """The steps under their title, one below the other."""
    with st.expander(title, expanded=expanded, key=key, icon=":material/format_list_numbered:"):
        for number, step in enumerate(steps(), 1):
            st.markdown(f"{number}. {step.text}")
            if step.copy:
                st.code(step.copy, language=None, wrap_lines=True)
            if step.settings:
                st.code(step.settings, language="toml", wrap_lines=True)
            if step.link:
                label, address = step.link
                st.link_button(label, address, key=f"{key}_{number}", icon=":material/open_in_new:")


def _console(path: str) -> tuple[str, str]:
    return _("Google Cloud console"), f"{CONSOLE}{path}"


def _not_ready(sign_in: SignIn) -> None:
    if sign_in.missing:
        words = _("Almost there: {names} is not set. Set it and restart CareSlot.")
        if len(sign_in.missing) > 1:
            words = _("Almost there: {names} are not set. Set them and restart CareSlot.")
        problem = words.format(names=", ".join(f"`{name}`" for name in sign_in.missing))
    else:
        reason = plain(_(sign_in.problem))
        problem = f"{reason[:1].upper()}{reason[1:]}. {plain(_(sign_in.cure))}"
    st.warning(problem, icon=":material/warning:")


def _what_is_set(given: Mapping[str, str]) -> None:
    st.caption(
        "  \n".join(
            f":material/check: `{name}` {_('is set')}" if value else f":material/remove: `{name}` {_('is not set')}"
            for name, value in given.items()
        )
    )
