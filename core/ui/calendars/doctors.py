"""Who uses which calendar: a doctor at a time, all in one, or one for each; what moves is said before it does."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.calendars.event import Detail
from core.scheduler.calendar_overview import ClinicCalendar
from core.scheduler.clinic import Doctor
from core.ui import shell
from core.ui.calendars.words import detail_name, provider_words
from core.ui.colours import colour_badge
from core.ui.shell import Page
from core.ui.words import _, ngettext, plain

MOST_ROWS = 20
_NONE = ""  # for a list to choose from, in which None means that nothing was chosen
_ASKED = "calendars_all_asked"
_SHARED = "calendars_shared"


def show_doctors(page: Page, calendars: Sequence[ClinicCalendar]) -> None:
    """Each active doctor with the calendar chosen for them, and the two ways to choose for all."""
    doctors = page.app.setup.doctors()
    if not doctors:
        st.info(_("There are no doctors yet. Add them on the page Setup."))
        st.page_link("pages/setup.py", label=_("Setup"), icon=":material/tune:", query_params={"part": "doctors"})
        return
    known = {calendar.calendar_id: calendar for calendar in calendars}
    st.markdown(_("Events of appointments to come follow their doctor into another calendar; past ones stay."))
    for doctor in _in_view(doctors):
        _row(page, doctor, known)
    st.header(_("For all doctors at once"), anchor=False)
    _for_all(page, doctors, known)


def _in_view(doctors: Sequence[Doctor]) -> Sequence[Doctor]:
    if len(doctors) <= MOST_ROWS:
        return doctors
    names = {doctor.doctor_id: doctor.name for doctor in doctors}
    found = st.selectbox(
        _("Find a doctor"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder=_("Type a name"),
        key="calendars_find_doctor",
    )
    if found is not None:
        return [doctor for doctor in doctors if doctor.doctor_id == found]
    st.caption(_("The first {count} of {all} are listed.").format(count=MOST_ROWS, all=len(doctors)))
    return doctors[:MOST_ROWS]


def _row(page: Page, doctor: Doctor, known: dict[str, ClinicCalendar]) -> None:
    key = f"calendars_of_{doctor.doctor_id}"
    # Someone else may have changed it since this visit began: then the present one is shown, not an old choice.
    present = doctor.calendar_id or _NONE
    if st.session_state.get(f"{key}_present") != present:
        st.session_state[key] = st.session_state[f"{key}_present"] = present
    with st.container(border=True, key=f"{key}_row"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(doctor.name)}**", width="content")
            colour_badge(doctor.name, doctor.colour_id)
        chosen = st.selectbox(
            _("Calendar of {name}").format(name=plain(doctor.name)),
            [*(number for number, one in known.items() if one.own_of in {None, doctor.doctor_id}), _NONE],
            format_func=lambda number: _name(known, number),
            key=key,
            label_visibility="collapsed",
        )
        if chosen != present:
            _confirm(page, doctor, chosen or None, known, key)


def _name(known: dict[str, ClinicCalendar], number: str | None) -> str:
    return known[number].name if number in known else _("No calendar")


def _confirm(page: Page, doctor: Doctor, chosen: str | None, known: dict[str, ClinicCalendar], key: str) -> None:
    count = page.app.calendars.moving(page.principal, doctor.doctor_id)
    old, new = _name(known, doctor.calendar_id), _name(known, chosen)
    st.info(_what_moves(count, old if doctor.calendar_id else "", new if chosen else ""), icon=":material/info:")
    if chosen is not None:
        _what_shows(known.get(doctor.calendar_id or ""), known[chosen])

    def move() -> None:
        with shell.showing_errors():
            moved = page.app.calendars.assign(page.principal, doctor.doctor_id, chosen)
            shell.tell(_what_moved(moved, doctor.name, new if chosen else ""))

    def keep() -> None:
        st.session_state[key] = doctor.calendar_id or _NONE

    with st.container(horizontal=True):
        label = _("Use {name}").format(name=plain(new)) if chosen else _("Use no calendar")
        st.button(label, key=f"{key}_move", type="primary", icon=":material/move_item:", on_click=move)
        kept = _("Keep {name}").format(name=plain(old)) if doctor.calendar_id else _("Keep no calendar")
        st.button(kept, key=f"{key}_keep", on_click=keep)


def _what_moves(count: int, old: str, new: str) -> str:
    if not old:
        return _("What is synced from now on appears in {new}.").format(new=plain(new))
    if not new:
        words = ngettext(
            "{count} upcoming event will be removed from {{old}}, and bookings can't be synced any more.",
            "{count} upcoming events will be removed from {{old}}, and bookings can't be synced any more.",
            count,
        )
        return words.format(old=plain(old))
    if not count:
        return _("No upcoming event stands in {old}. What is synced from now on appears in {new}.").format(
            old=plain(old), new=plain(new)
        )
    words = ngettext(
        "{count} upcoming event will move from {{old}} to {{new}}.",
        "{count} upcoming events will move from {{old}} to {{new}}.",
        count,
    )
    return words.format(old=plain(old), new=plain(new))


def _what_shows(old: ClinicCalendar | None, new: ClinicCalendar) -> None:
    """What changes for readers of the events, where something does."""
    if new.provider != "embedded" and (old is None or old.provider == "embedded"):
        st.caption(_("They leave this machine: {where}.").format(where=provider_words(new.provider)))
    if old is None or old.detail != new.detail:
        st.caption(_("Events there tell: {detail}.").format(detail=detail_name(Detail(new.detail)).lower()))


def _what_moved(count: int, doctor: str, new: str) -> str:
    if not new:
        return _("{doctor} uses no calendar now.").format(doctor=plain(doctor))
    said = _("{doctor} uses {calendar} now.").format(doctor=plain(doctor), calendar=plain(new))
    if not count:
        return said
    return f"{said} {_moving_words(count)}"


def _moving_words(count: int) -> str:
    return ngettext(
        "{count} upcoming event moves there by itself.", "{count} upcoming events move there by themselves.", count
    )


def _for_all(page: Page, doctors: Sequence[Doctor], known: dict[str, ClinicCalendar]) -> None:
    asked = st.session_state.get(_ASKED)
    alone = {calendar.calendar_id for calendar in known.values() if len(calendar.doctors) == 1}
    without = [doctor for doctor in doctors if doctor.calendar_id not in alone]
    if asked == "each" and without:
        count = page.app.calendars.moving(page.principal, *(doctor.doctor_id for doctor in without))
        made = ngettext(
            "{count} built-in calendar will be made", "{count} built-in calendars will be made", len(without)
        )
        moved = ngettext("{count} upcoming event moves", "{count} upcoming events move", count)
        _ask(
            _(
                "{made}, each with its doctor's name, and {moved} there. They can be reached from this machine only."
            ).format(made=made, moved=moved),
            _("Make one for each doctor"),
            lambda: _each(page),
        )
        return
    if asked == "shared" and st.session_state.get(_SHARED) in known:
        shared = known[st.session_state[_SHARED]]
        others = [doctor.doctor_id for doctor in doctors if doctor.calendar_id != shared.calendar_id]
        count = page.app.calendars.moving(page.principal, *others)
        doctors_words = ngettext("{count} doctor", "{count} doctors", len(others))
        moved = ngettext("{count} upcoming event moves", "{count} upcoming events move", count)
        _ask(
            _("{doctors} will use {calendar} from now on, and {moved} there.").format(
                doctors=doctors_words, calendar=plain(shared.name), moved=moved
            ),
            _("Share {name}").format(name=plain(shared.name)),
            lambda: _share(page, shared),
        )
        if shared.provider != "embedded":
            st.caption(_("They leave this machine: {where}.").format(where=provider_words(shared.provider)))
        return
    if without:
        st.button(
            _("Give each doctor a calendar of their own"),
            key="calendars_each",
            icon=":material/account_tree:",
            on_click=_ask_for,
            args=("each",),
        )
    else:
        st.caption(_("Each doctor has a calendar of their own."))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shared_id = st.selectbox(
            _("One calendar for all doctors"),
            [number for number, one in known.items() if one.own_of is None],
            index=None,
            format_func=lambda number: known[number].name,
            placeholder=_("Choose a calendar"),
            key=f"{_SHARED}_field",
        )
        if shared_id is not None and any(doctor.calendar_id != shared_id for doctor in doctors):
            st.button(
                _("Share it"),
                key="calendars_share",
                icon=":material/groups:",
                on_click=_ask_for,
                args=("shared", shared_id),
            )
        elif shared_id is not None:
            st.caption(_("All doctors use it."), width="content")


def _ask(words: str, label: str, act: Callable[[], None]) -> None:
    st.info(words, icon=":material/info:")
    with st.container(horizontal=True):
        st.button(label, key="calendars_all_do", type="primary", icon=":material/move_item:", on_click=act)
        st.button(_("Leave it as it is"), key="calendars_all_keep", on_click=_ask_for, args=(None,))


def _ask_for(what: str | None, shared_id: str | None = None) -> None:
    st.session_state[_ASKED], st.session_state[_SHARED] = what, shared_id


def _each(page: Page) -> None:
    with shell.showing_errors():
        moved = page.app.calendars.one_for_each_doctor(page.principal)
        shell.tell(
            f"{_('Each doctor has a calendar of their own now.')} {_moving_words(moved) if moved else ''}".strip()
        )
    _ask_for(None)


def _share(page: Page, shared: ClinicCalendar) -> None:
    with shell.showing_errors():
        moved = page.app.calendars.one_for_all(page.principal, shared.calendar_id)
        said = _("All doctors use {name} now.").format(name=plain(shared.name))
        shell.tell(f"{said} {_moving_words(moved) if moved else ''}".strip())
    _ask_for(None)
