"""The agenda's questions and answers about a change, in words."""

from zoneinfo import ZoneInfo

from core.domain.appointment import Status
from core.scheduler.rows import Row
from core.ui.agenda.grid_intentions import Change
from core.ui.times import clock_time, day_and_time, local_day
from core.ui.words import _, ngettext, plain


def length_words(minutes: int) -> str:
    """A length such as "40 minutes"."""
    return ngettext("{count} minute", "{count} minutes", minutes)


def is_move(row: Row, change: Change) -> bool:
    """Whether the change is more than another length."""
    return change.starts_at != row.starts_at or change.doctor_id not in {None, row.doctor_id}


def question(row: Row, change: Change, doctor_name: str, zone: ZoneInfo) -> str:
    """The question before a change, such as "Move Jane Smith from 10:00 to 11:00?"; `doctor_name` is whose it becomes."""
    name = plain(row.patient_name)
    if not is_move(row, change):
        return _("Change {name}'s visit to {length}?").format(name=name, length=length_words(change.minutes))
    same_day = local_day(row.starts_at, zone) == local_day(change.starts_at, zone)
    told = clock_time if same_day else day_and_time
    begins, becomes = told(row.starts_at, zone), told(change.starts_at, zone)
    if change.doctor_id in {None, row.doctor_id}:
        asked = _("Move {name} from {old} to {new}?").format(name=name, old=begins, new=becomes)
    else:
        asked = _("Move {name} from {old} to {new} with {doctor}?").format(
            name=name, old=begins, new=becomes, doctor=plain(doctor_name)
        )
    told_too = []
    if change.minutes != row.minutes:
        told_too.append(_("The visit then lasts {length}.").format(length=length_words(change.minutes)))
    if row.status is Status.CHECKED_IN and not same_day:
        told_too.append(_("The patient is then no longer checked in."))
    return " ".join([asked, *told_too])


def done_words(row: Row, change: Change, doctor_name: str, zone: ZoneInfo) -> str:
    """What was done, such as "Moved Jane Smith to Tuesday 8 December, 11:00."."""
    name = plain(row.patient_name)
    if not is_move(row, change):
        return _("{name}'s visit now lasts {length}.").format(name=name, length=length_words(change.minutes))
    when = day_and_time(change.starts_at, zone)
    if change.doctor_id in {None, row.doctor_id}:
        return _("Moved {name} to {when}.").format(name=name, when=when)
    return _("Moved {name} to {when} with {doctor}.").format(name=name, when=when, doctor=plain(doctor_name))


def stays_words(row: Row, zone: ZoneInfo) -> str:
    """That nothing was changed, such as "Jane Smith stays at Tuesday 8 December, 10:00."."""
    return _("{name} stays at {when}.").format(name=plain(row.patient_name), when=day_and_time(row.starts_at, zone))
