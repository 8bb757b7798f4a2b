"""Keeping the page of the day fresh by itself: a cheap question every few seconds, and a new run only where it matters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from core.domain.appointment import Status
from core.domain.principal import NotAllowed, SignInNeeded
from core.scheduler.rows import Row
from core.ui import shell
from core.ui.shell import Page
from core.ui.times import clock_time
from core.ui.words import _

EVERY = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the page was drawn from: the schedule's revision, when, and when the passing of time alone changes it.

    `ticking`: it shows minutes that pass; `moments`: instants at which a button or a count changes.
    """

    revision: int
    at: datetime
    ticking: bool = False
    moments: tuple[datetime, ...] = ()

    @classmethod
    def of(cls, revision: int, at: datetime, rows: Iterable[Row], midnight: datetime | None = None) -> "Drawn":
        """What these rows show at an instant; `midnight` is when today turns into another day, where that is shown."""
        rows = tuple(rows)
        moments = [moment for row in rows if not row.status.is_outcome for moment in (row.starts_at, row.ends_at)]
        ticking = any(row.status is Status.CHECKED_IN or row.sync.state == "pending" for row in rows)
        return cls(revision, at, ticking, (*moments, *([] if midnight is None else [midnight])))


def is_stale(drawn: Drawn, revision: int, now: datetime) -> bool:
    """Whether the page would look different now."""
    minute_passed = now.replace(second=0, microsecond=0) > drawn.at
    return (
        revision != drawn.revision
        or (drawn.ticking and minute_passed)
        or any(drawn.at < moment <= now for moment in drawn.moments)
    )


@st.fragment(run_every=EVERY)
def keep_fresh(page: Page, doctor_id: int | None, drawn: Drawn) -> None:
    """Draw the page anew when it has grown stale. Left out while a form is open, so that typing is never disturbed."""
    with shell.showing_errors():
        now = page.clock()
        if now - drawn.at >= EVERY / 2:  # the page's own run draws this too, and has just read everything
            try:
                revision = page.app.schedule.revision(page.principal, doctor_id)
            except (SignInNeeded, NotAllowed):
                st.rerun()
            if is_stale(drawn, revision, now):
                st.rerun()
        st.caption(_("Refreshes by itself. Last looked at {time}.").format(time=clock_time(now, page.zone)))
