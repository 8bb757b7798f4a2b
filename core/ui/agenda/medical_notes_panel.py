"""A doctor's notes of a visit: versions that are only ever added to, and a draft that is never lost."""

from dataclasses import dataclass

import streamlit as st

from core.domain.errors import CareSlotError
from core.domain.principal import SignInNeeded
from core.scheduler.notes import LONGEST_NOTE, Note, NotesChanged, OpenedVisit
from core.scheduler.rows import Row
from core.ui.agenda.drafts import Draft, drafts
from core.ui.shell import Page, showing_errors
from core.ui.times import day_and_time
from core.ui.words import _, plain, sentence_of

_READ = "agenda_notes"


@dataclass(slots=True)
class _Read:
    """The versions of one appointment, oldest first, as one account read them; reading is logged, so it is done once."""

    account_id: int | None
    appointment_id: int
    notes: list[Note]
    said: tuple[str, str] | None = None


def notes_panel(page: Page, row: Row) -> None:
    """All versions, newest first, and a field for the next one."""
    st.subheader(_("Medical notes"), anchor=False)
    with showing_errors():
        read = _read(page, row)
        _write(page, row, read)
        for note in reversed(read.notes):
            _show(page, note)


def show_notes_as_read(page: Page, visit: OpenedVisit) -> None:
    """Show the notes that were read, and logged, with the appointment itself."""
    st.session_state[_READ] = _Read(page.principal.account_id, visit.row.appointment_id, visit.notes)


def _read(page: Page, row: Row) -> _Read:
    found = st.session_state.get(_READ)
    whose = (page.principal.account_id, row.appointment_id)
    if isinstance(found, _Read) and (found.account_id, found.appointment_id) == whose:
        return found
    read = _Read(*whose, page.app.notes.versions(page.principal, row.appointment_id))
    st.session_state[_READ] = read
    return read


def _write(page: Page, row: Row, read: _Read) -> None:
    last = read.notes[-1] if read.notes else None
    key = f"agenda_note_{page.principal.account_id}_{row.appointment_id}"
    begins = drafts.find(_whose(page, row), page.clock())
    if begins is None:
        begins = Draft(last.body, last.released) if last else Draft("", released=False)
    # Kept by us: Streamlit forgets what was typed last where a click elsewhere draws another appointment at once.
    # No form either, which would keep the text in the browser until it is sent.
    st.session_state.setdefault(key, begins.body)
    st.session_state.setdefault(f"{key}_release", begins.released)
    typed = st.text_area(
        _("Note"),
        height=180,
        max_chars=LONGEST_NOTE,
        key=key,
        on_change=_keep,
        args=(page, row, key),
        help=_("Saving adds a version. Earlier ones stay as they are."),
    )
    st.checkbox(_("Release to the patient"), key=f"{key}_release", on_change=_keep, args=(page, row, key))
    st.button(
        _("Save note"),
        key=f"{key}_save",
        type="primary",
        icon=":material/save:",
        on_click=_save,
        args=(page, row, read, key),
    )
    if read.said is not None:
        getattr(st, read.said[0])(read.said[1])
    elif (typed or "").strip() != (last.body if last else ""):
        st.caption(_("Not saved yet. What you typed is kept here for some hours."))


def _whose(page: Page, row: Row) -> tuple[int | None, int]:
    return page.principal.session_id, row.appointment_id


def _keep(page: Page, row: Row, key: str) -> None:
    typed = st.session_state
    draft = Draft(str(typed.get(key) or ""), bool(typed.get(f"{key}_release")))
    drafts.keep(_whose(page, row), draft, page.clock())
    found = typed.get(_READ)
    if isinstance(found, _Read):
        found.said = None


def _save(page: Page, row: Row, read: _Read, key: str) -> None:
    body, released = str(st.session_state.get(key) or ""), bool(st.session_state.get(f"{key}_release"))
    after = read.notes[-1].version if read.notes else 0
    with showing_errors():
        try:
            note = page.app.notes.add(page.principal, row.appointment_id, body, released=released, after_version=after)
        except SignInNeeded:  # the page gives way to the sign-in; the text is there again afterwards
            return
        except NotesChanged as error:
            read.notes = page.app.notes.versions(page.principal, row.appointment_id)
            read.said = ("warning", sentence_of(error))
        except CareSlotError as error:
            read.said = ("error", sentence_of(error))
        else:
            read.notes = [*read.notes, note]
            drafts.drop(_whose(page, row))
            read.said = ("success", _("Saved as version {number}.").format(number=note.version))


def _show(page: Page, note: Note) -> None:
    with st.container(border=True, gap="small"):
        released = f" · {_('Released to the patient')}" if note.released else ""
        st.caption(
            _("Version {number}, {author}, {when}").format(
                number=note.version, author=plain(note.author_name), when=day_and_time(note.at, page.zone)
            )
            + released
        )
        st.text(note.body)
