"""The steps of a visit as buttons: which are offered, what they are called, and taking them."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from core.domain.appointment import Status, may_be_cancelled, next_step
from core.scheduler.rows import Row
from core.ui.shell import Page
from core.ui.times import local_day
from core.ui.today.said import do
from core.ui.words import _

STEP_ICONS = {
    Status.CHECKED_IN: ":material/how_to_reg:",
    Status.IN_PROGRESS: ":material/play_arrow:",
    Status.COMPLETED: ":material/check:",
    Status.NO_SHOW: ":material/person_off:",
    Status.CANCELLED: ":material/event_busy:",
}


@dataclass(frozen=True, slots=True)
class Steps:
    """What may be done with a visit now; `outcomes` are recorded afterwards, once its day is over."""

    step: Status | None = None
    no_show: bool = False
    cancel: bool = False
    outcomes: tuple[Status, ...] = ()


def steps_offered(row: Row, now: datetime, zone: tzinfo) -> Steps:
    """The steps of a visit of today, the outcomes of one of an earlier day, and only cancelling before its day."""
    day, today = local_day(row.starts_at, zone), local_day(now, zone)
    cancel = may_be_cancelled(row.status)
    if row.status.is_outcome or day > today:
        return Steps(cancel=cancel)
    if day < today and row.ends_at <= now:
        return Steps(outcomes=outcomes_offered(row.status))
    may_miss = row.status in {Status.SCHEDULED, Status.CHECKED_IN} and row.starts_at <= now
    return Steps(step=next_step(row.status), no_show=may_miss, cancel=cancel)


def outcomes_offered(current: Status) -> tuple[Status, ...]:
    """What may have become of a past visit; one that had begun was not cancelled."""
    took_place = (Status.COMPLETED, Status.NO_SHOW)
    return took_place if current is Status.IN_PROGRESS else (*took_place, Status.CANCELLED)


def step_words(status: Status) -> str:
    """The button that brings a visit to a status."""
    return {
        Status.CHECKED_IN: _("Check in"),
        Status.IN_PROGRESS: _("Start"),
        Status.COMPLETED: _("Complete"),
        Status.NO_SHOW: _("Did not come"),
    }[status]


def undo_words(action: str) -> str:
    """The button that takes a change back, which is named as history names it."""
    return {
        "check_in": _("Undo: checked in"),
        "start": _("Undo: started"),
        "complete": _("Undo: completed"),
        "mark_no_show": _("Undo: did not come"),
        "record_outcome": _("Undo: outcome"),
        "cancel": _("Undo: cancelled"),
        "reschedule": _("Undo: moved"),
    }[action]


def take_step(page: Page, row: Row, status: Status) -> None:
    """A callback: bring a visit of today to this status."""
    scheduler, number = page.app.scheduler, row.appointment_id
    use_case, sentence = {
        Status.CHECKED_IN: (scheduler.check_in, _("{name} is checked in.")),
        Status.IN_PROGRESS: (scheduler.start, _("The visit of {name} has begun.")),
        Status.COMPLETED: (scheduler.complete, _("The visit of {name} is completed.")),
        Status.NO_SHOW: (scheduler.mark_no_show, _("{name} did not come.")),
    }[status]
    do(page, lambda: use_case(page.principal, number), sentence, row.patient_name)


def call_off(page: Page, row: Row, why: str, *, asked_by_patient: bool) -> None:
    """A callback: cancel the appointment as it was shown."""
    scheduler, number = page.app.scheduler, row.appointment_id
    do(
        page,
        lambda: scheduler.cancel(
            page.principal, number, why, expected_revision=row.revision, asked_by_patient=asked_by_patient
        ),
        _("The appointment of {name} is cancelled."),
        row.patient_name,
    )


def take_outcome(page: Page, row: Row, outcome: Status) -> None:
    """A callback: say afterwards what became of a past visit."""
    scheduler, number = page.app.scheduler, row.appointment_id
    if outcome is Status.CANCELLED:
        sentence = _("The appointment of {name} is cancelled.")
        do(page, lambda: scheduler.cancel(page.principal, number), sentence, row.patient_name)
        return
    sentence = {
        Status.COMPLETED: _("The visit of {name} is completed."),
        Status.NO_SHOW: _("{name} did not come."),
    }[outcome]
    do(page, lambda: scheduler.record_outcome(page.principal, number, outcome), sentence, row.patient_name)
