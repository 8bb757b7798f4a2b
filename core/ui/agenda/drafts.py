"""What a doctor typed into a note and did not save yet."""

from dataclasses import dataclass

from core.ui.drafts import KEPT_FOR, MOST, Drafts

__all__ = ["KEPT_FOR", "MOST", "Draft", "NoteDrafts", "Whose", "drafts"]

Whose = tuple[int | None, int]
"""The session's number, and the appointment's."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The text, and whether it is to be released to the patient."""

    body: str
    released: bool


class NoteDrafts(Drafts[Whose, Draft]):
    """Notes by the sign-in and the appointment: none belongs into the database before its author says so."""


drafts = NoteDrafts()
"""Those of this process."""
