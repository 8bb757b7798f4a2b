"""The pages and who may open them: the one list from which the menu and every guard are made."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.domain.principal import Capability, Principal, Role
from core.ui.words import _


class Section(StrEnum):
    """The parts of the menu."""

    MAIN = ""
    CLINIC = "clinic"
    YOU = "you"


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: its file in pages/, its title, who may open it, and whether the menu lists it for them."""

    name: str
    title: Callable[[], str]
    icon: str
    capability: Capability
    section: Section = Section.MAIN
    listed: bool = True

    @property
    def file(self) -> str:
        """The page's file, as Streamlit's links name it."""
        return f"pages/{self.name}.py"


ENTRIES = (
    Entry("home", lambda: _("Home"), ":material/home:", Capability.SEE_SLOTS),
    Entry("today", lambda: _("Today"), ":material/today:", Capability.RUN_VISIT),
    Entry("agenda", lambda: _("Agenda"), ":material/calendar_view_week:", Capability.SEE_SCHEDULE),
    Entry("book", lambda: _("Book"), ":material/add_circle:", Capability.SEE_SLOTS),
    Entry("my_appointments", lambda: _("My appointments"), ":material/event:", Capability.SEE_OWN_APPOINTMENTS),
    Entry("clinic", lambda: _("Clinic"), ":material/monitoring:", Capability.SEE_FIGURES, Section.CLINIC),
    Entry("setup", lambda: _("Setup"), ":material/tune:", Capability.ADMINISTER, Section.CLINIC),
    Entry("calendars", lambda: _("Calendars"), ":material/sync:", Capability.ADMINISTER, Section.CLINIC),
    Entry("account", lambda: _("Your account"), ":material/person:", Capability.OWN_ACCOUNT, Section.YOU),
    Entry("sign_in", lambda: _("Sign in"), ":material/login:", Capability.SEE_SLOTS, Section.YOU),
    Entry("welcome", lambda: _("Welcome"), ":material/key:", Capability.SEE_SLOTS, Section.YOU, listed=False),
)

_START = {
    Role.PATIENT: "my_appointments",
    Role.DOCTOR: "today",
    Role.RECEPTION: "today",
    Role.MANAGER: "today",
}


def entry(name: str) -> Entry:
    """The page of this name."""
    return next(found for found in ENTRIES if found.name == name)


def start_page(principal: Principal) -> Entry:
    """Where a role begins."""
    return entry(_START.get(principal.role, "home"))


def is_listed(found: Entry, principal: Principal) -> bool:
    """Whether the menu shows the page to this principal."""
    signed_in = principal.role is not Role.ANONYMOUS
    if found.name in {"sign_in", "home"} and signed_in:
        return False
    return found.listed and principal.may(found.capability)


def section_title(section: Section) -> str:
    """The heading above a part of the menu."""
    return {Section.MAIN: "", Section.CLINIC: _("Clinic"), Section.YOU: _("You")}[section]
