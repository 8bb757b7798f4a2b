"""Moving an appointment, one question a screen: the day, the time, and the confirmation. The old time is kept until then."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import streamlit as st

from core.domain.slots import Slot
from core.scheduler.booking import AppointmentChanged, SlotQuery
from core.scheduler.rows import Row
from core.scheduler.store import SlotTaken
from core.ui import shell
from core.ui.appointments.lateness import is_late, move_consequence
from core.ui.appointments.reschedule_draft import RescheduleDraft
from core.ui.shell import Page
from core.ui.step_title import step_title
from core.ui.times import clock_time, day_and_time, day_label, is_morning, local_day, near_time
from core.ui.words import _, ngettext, plain, sentence_of

DAYS_AT_ONCE = 10
TIME_WIDTH = 96

_LOST = "reschedule_lost"


@dataclass(frozen=True, slots=True)
class _Lost:
    """A time that somebody else won, in a sentence, and the nearest that were free then."""

    starts_at: datetime
    sentence: str
    nearest: tuple[Slot, ...]


def reschedule(page: Page, row: Row, asked: RescheduleDraft) -> None:
    """Ask the first question of the draft that has no answer yet."""
    now = page.clock()
    policy = page.clinic.policy
    draft = asked.within(local_day(now, page.zone), local_day(policy.latest(now), page.zone))
    if draft.starts_at is None:  # before the last question what is decided about is the appointment as it stands above
        draft = replace(draft, revision=row.revision)
    elif draft.revision is None:
        draft = replace(draft, revision=row.revision)
        st.query_params["rev"] = str(row.revision)
    _back(draft)
    st.markdown(
        _("You are moving **{when}** with {doctor}, {visit}. It stays yours until the new time is.").format(
            when=day_and_time(row.starts_at, page.zone), doctor=plain(row.doctor_name), visit=plain(row.visit_type)
        )
    )
    if is_late(page, row):
        st.warning(move_consequence(page, row), icon=":material/schedule:")
    if draft.day is None:
        _choose_day(page, row, draft)
    elif draft.starts_at is None:
        _choose_time(page, row, draft, draft.day)
    else:
        _confirm(page, row, draft, draft.starts_at)


def was_moved(row: Row, draft: RescheduleDraft) -> bool:
    """Whether the draft's move was made: the browser's Back leads to its question again."""
    return draft.starts_at == row.starts_at and draft.revision not in {None, row.revision}


def show_in_list(row: Row) -> None:
    """The list with what was moved is the address from now on."""
    st.query_params.from_dict({"moved": str(row.appointment_id)})


def to(draft: RescheduleDraft) -> None:
    """A callback: go on with this draft."""
    st.session_state.pop(_LOST, None)
    st.query_params.from_dict(draft.address())


def _back(draft: RescheduleDraft) -> None:
    if draft.day is None:
        label, target = _("Back to my appointments"), RescheduleDraft()
    elif draft.starts_at is None:
        label, target = _("Back to the days"), replace(draft, day=None)
    else:
        label, target = _("Back to the times"), replace(draft, starts_at=None)
    st.button(label, key="reschedule_back", type="tertiary", icon=":material/arrow_back:", on_click=to, args=(target,))


def _choose_day(page: Page, row: Row, draft: RescheduleDraft) -> None:
    step_title(_("Choose a day"), "move day")
    days = page.app.scheduler.days_with_slots(
        page.principal, row.visit_type_id, row.doctor_id, draft.after, DAYS_AT_ONCE, moving=row.appointment_id
    )
    if not days:
        _nothing_free(page)
    for day, times in days:
        free = ngettext("{count} time", "{count} times", times)
        st.button(
            f"{day_label(day)}, {free}",
            key=f"reschedule_day_{day.isoformat()}",
            width="stretch",
            on_click=to,
            args=(replace(draft, day=day),),
        )
    with st.container(horizontal=True):
        if draft.after is not None:
            soonest = replace(draft, after=None)
            st.button(_("Soonest dates"), key="reschedule_soonest", type="tertiary", on_click=to, args=(soonest,))
        if len(days) == DAYS_AT_ONCE:
            later = replace(draft, after=days[-1][0])
            st.button(_("Later dates"), key="reschedule_later", type="tertiary", on_click=to, args=(later,))


def _choose_time(page: Page, row: Row, draft: RescheduleDraft, day: date) -> None:
    step_title(_("Times on {day}").format(day=day_label(day)), "move time")
    query = SlotQuery(row.visit_type_id, row.doctor_id, day, day, moving=row.appointment_id)
    slots = page.app.scheduler.find_slots(page.principal, query)
    if not slots:
        st.info(_("No times are free on this day any more. Please choose another day."))
    for title, part in (
        (_("Morning"), [slot for slot in slots if is_morning(slot.starts_at, page.zone)]),
        (_("Afternoon"), [slot for slot in slots if not is_morning(slot.starts_at, page.zone)]),
    ):
        if part:
            st.subheader(title, anchor=False)
            _times(page, draft, part)
    if slots:
        st.caption(page.zone_words([day]))


def _times(page: Page, draft: RescheduleDraft, slots: Sequence[Slot]) -> None:
    with st.container(horizontal=True):
        for slot in slots:
            day = local_day(slot.starts_at, page.zone)
            near = near_time(slot.starts_at, page.zone, page.clock())
            st.button(
                clock_time(slot.starts_at, page.zone) if day == draft.day else near,
                key=f"reschedule_time_{int(slot.starts_at.timestamp())}",
                width=TIME_WIDTH if day == draft.day else "content",
                on_click=to,
                args=(replace(draft, day=day, starts_at=slot.starts_at),),
            )


def _confirm(page: Page, row: Row, draft: RescheduleDraft, starts_at: datetime) -> None:
    when, now = day_and_time(starts_at, page.zone), day_and_time(row.starts_at, page.zone)
    step_title(_("Move to {when}?").format(when=when), "move confirm")
    st.caption(page.zone_words([local_day(starts_at, page.zone)]))
    lost: _Lost | None = st.session_state.get(_LOST)
    if lost is not None and lost.starts_at == starts_at:
        _offer_nearest(page, draft, lost, kept=now)
        return
    with st.container(horizontal=True):
        move = _("Move to {when}").format(when=when)
        pressed = st.button(move, key="reschedule_confirm", type="primary", icon=":material/check:")
        keep = _("Keep {when}").format(when=now)
        st.button(keep, key="reschedule_keep", on_click=to, args=(RescheduleDraft(),))
    if pressed:
        with shell.showing_errors():
            _move(page, row, draft, starts_at)


def _move(page: Page, row: Row, draft: RescheduleDraft, starts_at: datetime) -> None:
    try:
        page.app.scheduler.reschedule(page.principal, row.appointment_id, starts_at, expected_revision=draft.revision)
    except SlotTaken as error:
        st.session_state[_LOST] = _Lost(starts_at, sentence_of(error), error.nearest)
        st.rerun()
    except AppointmentChanged:
        st.query_params["rev"] = str(row.revision)  # what stands above is as it is now, and may be decided about
        raise
    show_in_list(row)
    st.rerun()


def _offer_nearest(page: Page, draft: RescheduleDraft, lost: _Lost, *, kept: str) -> None:
    still_yours = _("{when} is still yours.").format(when=kept)
    if not lost.nearest:
        st.warning(f"{lost.sentence} {still_yours} {_('Please choose another day.')}")
        return
    st.warning(f"{lost.sentence} {still_yours} {_('Nearest:')}")
    _times(page, draft, lost.nearest)


def _nothing_free(page: Page) -> None:
    if page.clinic.phone:
        st.info(_("No other times are free just now. For help, call {phone}.").format(phone=plain(page.clinic.phone)))
    else:
        st.info(_("No other times are free just now."))
