"""Appointments that a calendar has not taken: why, with the cure, then when and whose, and trying again."""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from core.scheduler.calendar_overview import FailedLink
from core.ui import shell
from core.ui.calendars.words import said
from core.ui.shell import Page
from core.ui.times import clock_time, day_and_time, local_day
from core.ui.words import _, ngettext, plain

FEW = 5
_ALL = "calendars_failed_all"
_OUTCOME = "calendars_retry_outcome"
_KINDS = {"synced": "success", "pending": "info", "failed": "warning"}


def show_failed(page: Page, failed: Sequence[FailedLink], count: int) -> None:
    """The first of them, those with the same reason together, and how many there are in all; nothing where all is well."""
    outcome = st.session_state.get(_OUTCOME)
    if isinstance(outcome, tuple) and outcome[0] == page.principal.account_id:
        getattr(st, _KINDS[outcome[1]])(outcome[2])
    if not failed:
        return
    st.header(
        ngettext("{count} event is not as it should be", "{count} events are not as they should be", count),
        anchor=False,
    )
    st.caption(_("The appointments are safe here, and CareSlot tries again by itself."))
    whole = bool(st.session_state.get(_ALL))
    shown = sorted(failed if whole else failed[:FEW], key=_reason)
    for (name, wanted, sentence), links in groupby(shown, key=_reason):
        with st.container(border=True):
            words = _("Not in {calendar}") if wanted else _("To be removed from {calendar}")
            st.markdown(f":material/sync_problem: **{words.format(calendar=plain(name))}**")
            st.markdown(said(_(sentence)))
            for link in links:
                _row(page, link)
    if count > len(shown):
        st.caption(_("The first {count} are listed.").format(count=len(shown)))
    if len(failed) > FEW:
        st.toggle(_("Show more of them"), key=_ALL)


def _reason(link: FailedLink) -> tuple[str, bool, str]:
    return link.calendar_name, link.wanted, link.sentence


def _row(page: Page, link: FailedLink) -> None:
    key = f"calendars_failed_{link.link_id}"
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        st.markdown(f"**{day_and_time(link.starts_at, page.zone)}** · {plain(link.doctor_name)}", width="content")
        today = local_day(link.retry_at, page.zone) == local_day(page.clock(), page.zone)
        when = (clock_time if today else day_and_time)(link.retry_at, page.zone)
        st.caption(_("Next try by itself: {when}").format(when=when), width="content")
        st.button(
            _("Try again"),
            key=f"{key}_again",
            icon=":material/refresh:",
            type="tertiary",
            on_click=_try_again,
            args=(page, link),
        )


def _try_again(page: Page, link: FailedLink) -> None:
    with shell.showing_errors():
        outcome = page.app.sync.try_again(page.principal, link.link_id)
        when = day_and_time(link.starts_at, page.zone)
        words = f"{when}, {plain(link.doctor_name)}: {said(_(outcome.sentence))}"
        st.session_state[_OUTCOME] = (page.principal.account_id, outcome.state, words)
