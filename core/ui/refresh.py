"""Keeping a page fresh by itself: a cheap question every few seconds, and a new run only where it matters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import streamlit as st

from core.domain.appointment import Status
from core.domain.principal import NotAllowed, SignInNeeded
from core.scheduler.awaited import Awaited
from core.scheduler.patient_notices import Notice
from core.scheduler.rows import Row
from core.scheduler.schedule import Glance
from core.ui import shell
from core.ui.shell import Page
from core.ui.times import clock_time
from core.ui.words import _

EVERY = timedelta(seconds=10)
SOON = timedelta(seconds=5)
"""How often a page looks while something that it shows is on its way to a calendar."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the page was drawn from: the schedule's revision, when, and when the passing of time alone changes it.

    `ticking`: it shows minutes that pass; `moments`: instants at which a button or a count changes; `awaited`: what it
    says of calendars; `pending`: the appointments that were on their way to one.
    """

    revision: int
    at: datetime
    ticking: bool = False
    moments: tuple[datetime, ...] = ()
    awaited: Awaited = field(default_factory=Awaited)
    pending: tuple[int, ...] = ()

    @classmethod
    def of(
        cls, revision: int, awaited: Awaited, at: datetime, rows: Iterable[Row], midnight: datetime | None = None
    ) -> "Drawn":
        """What these rows show at an instant; `midnight` is when today turns into another day, where that is shown."""
        rows = tuple(rows)
        moments = [moment for row in rows if not row.status.is_outcome for moment in (row.starts_at, row.ends_at)]
        moments += [gone.cancel_at for gone in awaited.undecided.gone if gone.cancel_at is not None]
        pending = tuple(row.appointment_id for row in rows if row.sync.state == "pending")
        ticking = bool(pending) or any(row.status is Status.CHECKED_IN for row in rows)
        return cls(revision, at, ticking, (*moments, *([] if midnight is None else [midnight])), awaited, pending)


def is_stale(drawn: Drawn, glance: Glance, now: datetime) -> bool:
    """Whether the page would look different now."""
    minute_passed = now.replace(second=0, microsecond=0) > drawn.at
    return (
        glance.revision != drawn.revision
        or glance.awaited != drawn.awaited
        or glance.on_their_way < len(drawn.pending)
        or (drawn.ticking and minute_passed)
        or any(drawn.at < moment <= now for moment in drawn.moments)
    )


def keep_fresh(page: Page, doctor_id: int | None, drawn: Drawn) -> None:
    """Draw the page anew when it has grown stale. Left out while a form is open, so that typing is never disturbed."""
    every = SOON if drawn.pending else EVERY

    @st.fragment(run_every=every)
    def look() -> None:
        with shell.showing_errors():
            now = page.clock()
            if now - drawn.at >= every / 2:  # the page's own run draws this too, and has just read everything
                try:
                    glance = page.app.schedule.glance(page.principal, doctor_id, drawn.pending)
                except (SignInNeeded, NotAllowed):
                    st.rerun()
                if is_stale(drawn, glance, now):
                    st.rerun()
            _looked_at(page, now)

    look()


def keep_own_fresh(page: Page, rows: Sequence[Row], notices: Sequence[Notice]) -> None:
    """The same for a patient's own appointments and notices."""
    drawn_at = page.clock()
    every = SOON if any(row.sync.state == "pending" for row in rows) else EVERY

    @st.fragment(run_every=every)
    def look() -> None:
        with shell.showing_errors():
            now = page.clock()
            if now - drawn_at >= every / 2:
                try:
                    own, told = page.app.schedule.of_patient(page.principal), page.app.notices.mine(page.principal)
                except (SignInNeeded, NotAllowed):
                    st.rerun()
                if (own, told) != (list(rows), list(notices)):
                    st.rerun()
            _looked_at(page, now)

    look()


def _looked_at(page: Page, now: datetime) -> None:
    st.caption(_("Refreshes by itself. Last looked at {time}.").format(time=clock_time(now, page.zone)))
