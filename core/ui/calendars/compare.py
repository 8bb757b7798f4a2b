"""Comparing all calendars with the clinic, with a progress bar, and mending what differs on a click."""

from dataclasses import dataclass, field

import streamlit as st

from core.calendars.check import Report
from core.calendars.differences import Difference
from core.ui import shell
from core.ui.calendars.step_words import difference_words, report_words
from core.ui.shell import Page
from core.ui.times import day_and_time
from core.ui.words import _, ngettext, plain

_COMPARED, _MENDED = "calendars_compared", "calendars_mended"
_AT_ONCE = 20


@dataclass
class _Compared:
    account_id: int | None
    reports: list[Report] = field(default_factory=list)


def compare_everything(page: Page) -> None:
    """The button, the progress while it works, and what it found, which stays for this visit."""
    st.markdown(
        _("Compares every coming appointment with its event, and somebody else's events with the time they take here.")
    )
    if st.button(_("Check everything now"), key="step_check", type="primary", icon=":material/fact_check:"):
        _compare(page)
    mended = st.session_state.get(_MENDED)
    if isinstance(mended, tuple) and mended[0] == page.principal.account_id:
        getattr(st, mended[1])(mended[2])
    found = st.session_state.get(_COMPARED)
    if isinstance(found, _Compared) and found.account_id == page.principal.account_id:
        for report in found.reports:
            _show(page, report)


def _compare(page: Page) -> None:
    st.session_state.pop(_MENDED, None)
    found = st.session_state[_COMPARED] = _Compared(page.principal.account_id)
    with shell.showing_errors():
        total = len(page.app.check.calendars(page.principal))
        bar = st.progress(0.0, text=_("Beginning…"))
        for report in page.app.check.run(page.principal):
            found.reports.append(report)
            done = min(len(found.reports), total)
            differing = sum(len(one.differences) for one in found.reports)
            words = _("{done}/{total} calendars, {differing} differences").format(
                done=done, total=total, differing=differing
            )
            bar.progress(done / max(total, 1), text=words)
        st.rerun()


def _show(page: Page, report: Report) -> None:
    words = report_words(report)
    if report.problem:
        st.warning(words, icon=":material/warning:")
        return
    if report.in_step:
        st.success(words, icon=":material/check_circle:")
        return
    with st.container(border=True, key=f"step_report_{report.calendar.calendar_id}"):
        st.markdown(f":material/sync_problem: **{words}**")
        st.markdown("\n".join(f"- {_line(page, found)}" for found in report.differences[:_AT_ONCE]))
        if len(report.differences) > _AT_ONCE:
            more = len(report.differences) - _AT_ONCE
            st.caption(ngettext("and {count} more after these", "and {count} more after these", more))
        count = len(report.differences)
        st.button(
            ngettext("Mend {count} difference", "Mend {count} differences", count),
            key=f"step_mend_{report.calendar.calendar_id}",
            icon=":material/build:",
            on_click=_mend,
            args=(page, report),
            help=_("Events are sent again or removed so that the calendar says what CareSlot says."),
        )


def _line(page: Page, found: Difference) -> str:
    parts = [
        "" if found.starts_at is None else day_and_time(found.starts_at, page.zone),
        plain(found.doctor_name),
        "" if found.appointment_id is None else _("appointment {number}").format(number=found.appointment_id),
        difference_words(found),
    ]
    return " · ".join(part for part in parts if part)


def _mend(page: Page, report: Report) -> None:
    with shell.showing_errors():
        mended = page.app.check.mend(page.principal, report)
        told = ngettext("{count} event follows by itself.", "{count} events follow by themselves.", mended.sent)
        if mended.removed:
            told = f"{told} {ngettext('{count} was removed.', '{count} were removed.', mended.removed)}"
        if mended.problem:
            told = f"{told} {_(mended.problem)}"
        kind = "warning" if mended.problem else "success"
        st.session_state[_MENDED] = (page.principal.account_id, kind, told)
        known = st.session_state.get(_COMPARED)
        if isinstance(known, _Compared):
            known.reports = [one for one in known.reports if one is not report]
