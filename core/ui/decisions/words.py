"""Conflicts, deleted events and moves in a calendar, in words."""

from datetime import datetime, tzinfo

from core.domain.calendar_changes import Clash
from core.scheduler.awaited import MoveMade
from core.scheduler.undecided import GoneEvent, OpenConflict
from core.scheduler.unread import UnreadCalendar
from core.ui.times import clock_time, day_and_time, local_day, near_time, short_time
from core.ui.words import _, plain

_FEW = 3


def conflict_words(conflict: OpenConflict, zone: tzinfo, now: datetime) -> str:
    """Both versions, and why a person has to choose."""
    if conflict.their_starts_at == conflict.our_starts_at:
        theirs, ours = (
            f"{near_time(begins, zone, now)}\N{EN DASH}{clock_time(ends, zone)}"
            for begins, ends in (
                (conflict.their_starts_at, conflict.their_ends_at),
                (conflict.our_starts_at, conflict.our_ends_at),
            )
        )
    else:
        theirs, ours = (near_time(moment, zone, now) for moment in (conflict.their_starts_at, conflict.our_starts_at))
    both = _("Calendar: {theirs}. CareSlot: {ours}.").format(theirs=theirs, ours=ours)
    return f"{both} {why_words(conflict, zone)}"


def why_words(conflict: OpenConflict, zone: tzinfo) -> str:
    """Why a person has to choose."""
    time = clock_time(conflict.their_starts_at, zone)
    match conflict.kind:
        case Clash.TAKEN if conflict.taken_by:
            return _("{name} already has {time}.").format(name=plain(conflict.taken_by), time=time)
        case Clash.TAKEN:
            return _("{time} is taken.").format(time=time)
        case Clash.PAST:
            return _("{time} is in the past.").format(time=time)
        case Clash.CLOSED:
            return _("{time} is outside of the open time.").format(time=time)
        case Clash.BOTH_CHANGED:
            return _("Both were changed; CareSlot's time was sent to the calendar.")


def choice_words(conflict: OpenConflict, zone: tzinfo) -> tuple[str, str]:
    """Our time and theirs, as short as they can be told apart."""
    ours, theirs = conflict.our_starts_at, conflict.their_starts_at
    if ours == theirs:
        ends = (conflict.our_ends_at, conflict.their_ends_at)
        mine, other = (f"{clock_time(ours, zone)}\N{EN DASH}{clock_time(end, zone)}" for end in ends)
        return mine, other
    told = clock_time if local_day(ours, zone) == local_day(theirs, zone) else short_time
    return told(ours, zone), told(theirs, zone)


def gone_words(gone: GoneEvent, zone: tzinfo, now: datetime) -> str:
    """That an event was deleted, and when its appointment is cancelled for that."""
    where = _("{name}'s event was deleted in {calendar}.")
    if gone.calendar_name.strip() == gone.doctor_name.strip():  # a calendar that bears the doctor's name
        where = _("{name}'s event was deleted in {calendar}'s calendar.")
    deleted = where.format(name=plain(gone.patient_name), calendar=plain(gone.calendar_name))
    if gone.cancel_at is None:
        return f"{deleted} {_('Nothing was cancelled.')}"
    if gone.cancel_at <= now:
        return f"{deleted} {_('Cancelling as soon as the calendar was asked once more.')}"
    return f"{deleted} {_('Cancelling at {time}.').format(time=clock_time(gone.cancel_at, zone))}"


def move_words(move: MoveMade, zone: tzinfo) -> str:
    """That an appointment was moved, and when the patient hears of it."""
    same_day = local_day(move.before_starts_at, zone) == local_day(move.starts_at, zone)
    becomes = (clock_time if same_day else day_and_time)(move.starts_at, zone)
    moved = _("Moved in the calendar from {old} to {new}.").format(
        old=day_and_time(move.before_starts_at, zone), new=becomes
    )
    hears = _("{name} hears of it at {time}.").format(
        name=plain(move.patient_name), time=clock_time(move.tell_at, zone)
    )
    return f"{moved} {hears}"


def unread_words(unread: UnreadCalendar, zone: tzinfo, now: datetime) -> str:
    """That a doctor's calendar has not been read, and what that means for staff."""
    return f"{_unread(unread, zone, now)} {_('Offered times may clash.')}"


def unread_for_patients(unread: tuple[UnreadCalendar, ...], zone: tzinfo, now: datetime) -> str:
    """The same for whoever books."""
    known = [_unread(one, zone, now) for one in unread] if len(unread) <= _FEW else []
    words = " ".join(known) or _("Some doctors' calendars have not been read for a while.")
    return f"{words} {_('A time that is offered may turn out to be taken; the clinic calls you then.')}"


def _unread(unread: UnreadCalendar, zone: tzinfo, now: datetime) -> str:
    doctor = plain(unread.doctor_name)
    if unread.read_at is None:
        return _("{doctor}'s calendar could not be read so far.").format(doctor=doctor)
    today = local_day(unread.read_at, zone) == local_day(now, zone)
    since = (clock_time if today else day_and_time)(unread.read_at, zone)
    return _("{doctor}'s calendar has not been read since {time}.").format(doctor=doctor, time=since)
