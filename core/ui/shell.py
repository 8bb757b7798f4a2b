"""The frame around every page: who is visiting, the menu of the role, messages, and the guard that pages begin with.

A page's first line is `page = shell.open_page("today")`: it needs the value, so it can't forget the guard.
"""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.pages_manager import PagesManager

from core.bootstrap import App
from core.domain.clock import Clock
from core.domain.principal import Capability, Principal, Role
from core.scheduler.clinic import Clinic, Doctor
from core.telemetry import logs, measurements
from core.ui import menu, visit
from core.ui.application import application
from core.ui.cookies import keep_cookie, leave
from core.ui.failures import showing_errors
from core.ui.kept_fields import keep_typed
from core.ui.reconnect import run_again_when_reconnected
from core.ui.times import local_day, year_round, zone_on
from core.ui.words import _, plain

__all__ = ["Page", "go", "open_page", "run", "showing_errors", "tell"]

BRAND = Path(__file__).with_name("brand")
CONTENT_WIDTH = 1100


@dataclass(frozen=True)
class Page:
    """What a page works with. `principal` may grow stale in fragments and callbacks; use cases read it again."""

    app: App
    principal: Principal

    @cached_property
    def clinic(self) -> Clinic:
        """The clinic; ClinicNotSetUp before it is opened. Where the doctors were read, it came with them."""
        known = vars(self).get("_clinic_and_doctors")
        return known[0] if known else self.app.setup.clinic()

    @property
    def doctors(self) -> list[Doctor]:
        """The doctors who see patients, by number; ClinicNotSetUp before the clinic is opened."""
        return self._clinic_and_doctors[1]

    @cached_property
    def _clinic_and_doctors(self) -> tuple[Clinic, list[Doctor]]:
        return self.app.setup.clinic_and_doctors()

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's zone, in which all times are shown."""
        return self.clinic.zone

    @property
    def clock(self) -> Clock:
        """The present instant, when called."""
        return self.app.clock

    def may(self, capability: Capability) -> bool:
        """Whether to show what the capability allows; the use case decides again."""
        return self.principal.may(capability)

    def zone_words(self, days: Iterable[date] = ()) -> str:
        """The zone on the days shown, or all year round: such as "Times are in Eastern Standard Time."."""
        shown = list(days) or year_round(local_day(self.clock(), self.zone))
        return _("Times are in {zone}.").format(zone=zone_on(shown, self.zone))


@dataclass(frozen=True, slots=True)
class _Opened:
    name: str
    page: Page


# Set by run() for the page that it runs, in this run alone.
_opened: ContextVar[_Opened | None] = ContextVar("careslot_opened", default=None)


def open_page(name: str, *, wide: bool = False) -> Page:
    """The guard of the page of this name: what it works with, if this run was opened by Home for it.

    On a cold server Streamlit runs a file of pages/ by itself, without Home and its sign-in, until some visit has called
    st.navigation. Then the folder is put out of use and the run begins anew, through Home; the address survives.
    """
    opened = _opened.get()
    if opened is None or opened.name != name:
        PagesManager.uses_pages_directory = False
        st.rerun()
    _width(wide=wide)
    return opened.page


def run() -> None:
    """Home: who is visiting, the menu, and the page that was asked for, or the sign-in in its place."""
    st.set_page_config(page_icon="🗓️", layout="wide")
    st.logo(str(BRAND / "careslot.svg"), size="medium", icon_image=str(BRAND / "mark.svg"))
    with showing_errors():
        app = application()
        page = Page(app, visit.principal(app))
        keep_typed(page.principal.account_id)
        keep_cookie(app)
        run_again_when_reconnected()
        chosen, found = _navigation(page)
        st.set_page_config(page_title=_("{page} · CareSlot").format(page=found.title()))
        _sidebar(page)
        with logs.context(page=found.name), showing_errors():
            _show(chosen, found, page)


def go(name: str, **query: str) -> None:
    """Go to the page of this name, with these query parameters."""
    st.switch_page(menu.entry(name).file, query_params=query)


def tell(text: str, kind: str = "success") -> None:
    """Say something at the top of the next run, in view wherever the page stands."""
    visit.tell(text, kind)


def _show(chosen: StreamlitPage, found: menu.Entry, page: Page) -> None:
    _show_messages()
    token = _opened.set(_Opened(found.name, page))
    try:
        with measurements.page_run(found.name):
            chosen.run()
    finally:
        _opened.reset(token)


def _show_messages() -> None:
    """What was told, at the top of the page; the style sheet keeps it in view of whoever has scrolled down."""
    messages = visit.take_messages()
    if messages:
        with st.container(key="told"):
            for message in messages:
                getattr(st, message.kind)(message.text)


def _navigation(page: Page) -> tuple[StreamlitPage, menu.Entry]:
    """Every page has its address for everybody, so that a link to it survives the sign-in that stands in its place."""
    pages: dict[str, StreamlitPage] = {}
    sections: dict[str, list[StreamlitPage]] = {}
    for found in menu.ENTRIES:
        source: str | Callable[[], None] = found.file
        if not page.may(found.capability):
            source = _sign_in_first if page.principal.role is Role.ANONYMOUS else _not_for_you
        made = st.Page(
            source,
            title=found.title(),
            icon=found.icon,
            url_path=found.name,
            default=found.name == "home",
            visibility="visible" if menu.is_listed(found, page.principal) else "hidden",
        )
        pages[found.name] = made
        sections.setdefault(menu.section_title(found.section), []).append(made)
    chosen = st.navigation(sections, expanded=True)
    name = next(name for name, made in pages.items() if made == chosen)
    return chosen, menu.entry(name)


def _sign_in_first() -> None:
    from core.ui.sign_in import offer_sign_in

    opened = _opened.get()
    if opened is not None:
        _width(wide=False)
        st.title(_("Sign in to go on"))
        offer_sign_in(opened.page)


def _not_for_you() -> None:
    _width(wide=False)
    st.title(_("This page is not for your account"))
    st.write(_("Sign in with another account, or go back to your own pages."))
    opened = _opened.get()
    if opened is not None:
        start = menu.start_page(opened.page.principal)
        st.page_link(start.file, label=start.title(), icon=start.icon)


def _sidebar(page: Page) -> None:
    if page.principal.role is Role.ANONYMOUS:
        return
    with st.sidebar:
        st.caption(_("Signed in as {name}").format(name=plain(page.principal.name)))
        st.button(_("Sign out"), key="sign_out", icon=":material/logout:", on_click=leave, args=(page.app,))


def _width(*, wide: bool) -> None:
    """Keep text readable on wide screens, where grids use all of it, and fingers off the wrong button on narrow ones."""
    st.html(BRAND / "careslot.css")
    if not wide:
        st.html(f"<style>.stMainBlockContainer {{ max-width: {CONTENT_WIDTH}px; margin: 0 auto; }}</style>")
