"""Picking the patient that staff act for: found by name, email, phone or date of birth, or added on the spot."""

from dataclasses import dataclass, field
from datetime import date

import streamlit as st

from core.domain.errors import BadInput, CareSlotError
from core.domain.person_search import SHORTEST_SEARCH
from core.scheduler.patients import Person
from core.ui.shell import Page, showing_errors
from core.ui.sign_in import OLDEST, field_problem
from core.ui.times import full_date
from core.ui.words import _, ngettext, plain, sentence_of

MOST_FOUND = 20


@dataclass
class _Picking:
    """How far one account has come; another account that signs in here begins anew."""

    account_id: int | None
    person: Person | None = None
    adding: bool = False
    problems: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    alike: tuple[Person, ...] = ()


def pick_patient(page: Page, key: str) -> Person | None:
    """The patient once there is one, with a button to take another; until then the search and the form, and None.

    The choice stays in this visit under `key` until forget_patient.
    """
    picking = _picking(page, key)
    if picking.failure:
        st.error(picking.failure)
    if picking.person is not None:
        _show_picked(picking, picking.person, key)
    elif picking.adding:
        _add(page, picking, key)
    else:
        _find(page, picking, key)
    return picking.person


def take_patient(page: Page, key: str, person: Person) -> None:
    """Pick this patient, as if found."""
    _take(_picking(page, key), person)


def picked_patient(page: Page, key: str) -> Person | None:
    """The patient picked so far, without showing anything."""
    return _picking(page, key).person


def forget_patient(key: str) -> None:
    """Begin anew, for the next patient."""
    st.session_state.pop(_slot(key), None)
    _clear_fields(key)


def patient_words(person: Person) -> str:
    """A patient as told apart from others of the same name, such as "Jane Smith, born 12 March 1980"."""
    if person.date_of_birth is None:
        return _("{name}, date of birth not known").format(name=plain(person.name))
    return _("{name}, born {day}").format(name=plain(person.name), day=full_date(person.date_of_birth))


def _slot(key: str) -> str:
    return f"{key}_picking"


def _picking(page: Page, key: str) -> _Picking:
    found = st.session_state.get(_slot(key))
    if not isinstance(found, _Picking) or found.account_id != page.principal.account_id:
        forget_patient(key)
        found = st.session_state[_slot(key)] = _Picking(page.principal.account_id)
    return found


def _take(picking: _Picking, person: Person | None) -> None:
    picking.person, picking.adding, picking.problems, picking.failure, picking.alike = person, False, {}, "", ()


def _turn_to(picking: _Picking, *, adding: bool) -> None:
    picking.adding, picking.problems, picking.failure, picking.alike = adding, {}, "", ()


def _begin_adding(picking: _Picking, key: str) -> None:
    """What was searched for in vain, if a name, is the new patient's."""
    sought = (st.session_state.get(f"{key}_search") or "").strip()
    if sought and "@" not in sought and not any(character.isdigit() for character in sought):
        st.session_state[f"{key}_name"] = sought
    _turn_to(picking, adding=True)


def _show_picked(picking: _Picking, person: Person, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{patient_words(person)}**", width="stretch")
        st.button(_("Change"), key=f"{key}_another", type="tertiary", on_click=_take, args=(picking, None))


def _find(page: Page, picking: _Picking, key: str) -> None:
    text = st.text_input(
        _("Find a patient by name, email, phone or date of birth"),
        key=f"{key}_search",
        type="search",
        live=True,
        max_chars=200,
        autocomplete="off",
        persist_state="page",
    )
    wanted = (text or "").strip()
    if len(wanted) >= SHORTEST_SEARCH:
        found = page.app.patients.find(page.principal, wanted, MOST_FOUND)
        if not found:
            st.info(_("No patient was found. Check the spelling, or add a new patient."))
        for person in found:
            st.button(
                _label(person),
                key=f"{key}_take_{person.user_id}",
                width="stretch",
                on_click=_take,
                args=(picking, person),
            )
        if len(found) == MOST_FOUND:
            st.caption(_("Only the first {count} are shown. Type more to see others.").format(count=MOST_FOUND))
    elif wanted:
        st.caption(_("Type at least {count} characters.").format(count=SHORTEST_SEARCH))
    st.button(
        _("New patient"),
        key=f"{key}_new",
        icon=":material/person_add:",
        on_click=_begin_adding,
        args=(picking, key),
    )


def _label(person: Person) -> str:
    contact = person.phone or person.email
    return f"**{patient_words(person)}**" + (f" · {plain(contact)}" if contact else "")


def _ask_about_alike(page: Page, picking: _Picking, key: str) -> None:
    """Somebody of that name and birth date is there already: a second record would split what is known of them."""

    def use(person: Person) -> None:
        _take(picking, person)
        _clear_fields(key)

    with st.container(border=True, key=f"{key}_alike"):
        question = ngettext(
            "A patient of this name is known already. Is it this one?",
            "{count} patients of this name are known already. Is it one of these?",
            len(picking.alike),
        )
        st.warning(question, icon=":material/person_search:")
        for person in picking.alike:
            st.button(
                _("Use {patient}").format(patient=_label(person)),
                key=f"{key}_use_{person.user_id}",
                width="stretch",
                on_click=use,
                args=(person,),
            )
        st.button(
            _("Add another anyway"),
            key=f"{key}_add_anyway",
            icon=":material/person_add:",
            on_click=_create,
            args=(page, picking, key),
            kwargs={"anyway": True},
        )


def _add(page: Page, picking: _Picking, key: str) -> None:
    if picking.alike:
        _ask_about_alike(page, picking, key)
    with st.form(f"{key}_form", border=False):
        st.text_input(_("Name"), key=f"{key}_name", max_chars=200, autocomplete="off", persist_state="page")
        field_problem("name", picking.problems)
        st.text_input(
            _("Email (optional)"), key=f"{key}_email", max_chars=200, autocomplete="off", persist_state="page"
        )
        field_problem("email", picking.problems)
        st.text_input(_("Phone (optional)"), key=f"{key}_phone", max_chars=50, autocomplete="off", persist_state="page")
        field_problem("phone", picking.problems)
        st.date_input(
            _("Date of birth (optional)"),
            value=None,
            min_value=OLDEST,
            max_value=page.clock().astimezone(page.zone).date(),
            format="YYYY-MM-DD",
            key=f"{key}_born",
            persist_state="page",
            help=_("It tells people of the same name apart."),
        )
        field_problem("date_of_birth", picking.problems)
        with st.container(horizontal=True):
            st.form_submit_button(
                _("Add patient"),
                key=f"{key}_add",
                type="primary",
                icon=":material/person_add:",
                on_click=_create,
                args=(page, picking, key),
            )
            st.form_submit_button(
                _("Back to the search"),
                key=f"{key}_back",
                type="tertiary",
                on_click=_turn_to,
                args=(picking,),
                kwargs={"adding": False},
            )


def _create(page: Page, picking: _Picking, key: str, *, anyway: bool = False) -> None:
    """A callback: add the patient; one who may be there already only when asked to do so `anyway`."""
    picking.problems, picking.failure, picking.alike = {}, "", ()
    typed = st.session_state
    name: str = typed[f"{key}_name"]
    born: date | None = typed[f"{key}_born"]
    with showing_errors():
        try:
            if not anyway:
                picking.alike = tuple(page.app.patients.alike(page.principal, name, born))
            if picking.alike:
                return
            person = page.app.patients.create(page.principal, name, typed[f"{key}_email"], typed[f"{key}_phone"], born)
        except BadInput as error:
            picking.problems = error.problems
        except CareSlotError as error:
            picking.failure = sentence_of(error)
        else:
            _take(picking, person)
            _clear_fields(key)


def _clear_fields(key: str) -> None:
    for name in ("search", "name", "email", "phone", "born"):
        st.session_state.pop(f"{key}_{name}", None)
