"""What one account is about to do in the agenda, kept in this visit; facts stay in the database."""

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core.domain.slots import Slot
from core.scheduler.rows import Row
from core.scheduler.schedule import Change as PastChange
from core.ui.agenda.grid_intentions import Change
from core.ui.shell import Page

_STATE = "agenda_state"


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that waits for a yes; `row` is the appointment as it was shown."""

    row: Row
    change: Change


@dataclass(frozen=True, slots=True)
class Refused:
    """A change that could not be made: why, which times near it are free, and whether a manager may insist.

    `problem` is what was wrong with insisting.
    """

    row: Row
    change: Change
    sentence: str
    nearest: tuple[Slot, ...]
    overridable: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What was done last; with the appointment's number and revision it can be undone."""

    sentence: str
    kind: str = "success"
    appointment_id: int | None = None
    revision: int | None = None
    patient_name: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """An empty time that was clicked, aware, in UTC; `key` makes the booking that may follow happen once."""

    starts_at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Opened:
    """An appointment whose details were read once, and its history as of that revision."""

    row: Row
    history: tuple[PastChange, ...]


@dataclass(slots=True)
class AgendaState:
    """At most one of what may be asked, told or begun at a time; `from_details` says where it began.

    `returned` counts what was put back in the grid.
    """

    account_id: int | None
    asked: Asked | None = None
    refused: Refused | None = None
    said: Said | None = None
    taken: Taken | None = None
    opened: Opened | None = None
    from_details: bool = False
    returned: int = 0

    @property
    def undecided(self) -> bool:
        """Whether something waits for an answer."""
        return self.asked is not None or self.refused is not None or self.taken is not None

    def clear(self) -> None:
        """Nothing is asked, told or begun any more; the grid shows what stands."""
        self.asked = self.refused = self.said = self.taken = None
        self.from_details = False
        self.returned += 1

    def tell(self, said: Said, *, from_details: bool = False) -> None:
        """Say what was done, in place of all else."""
        self.clear()
        self.said, self.from_details = said, from_details


def agenda_state(page: Page) -> AgendaState:
    """This account's state; another account that signs in here begins anew."""
    found = st.session_state.get(_STATE)
    if not isinstance(found, AgendaState) or found.account_id != page.principal.account_id:
        found = st.session_state[_STATE] = AgendaState(page.principal.account_id)
    return found
