"""Roles in words."""

from core.domain.principal import Role
from core.ui.words import _


def role_words(role: Role) -> str:
    """The role as people say it, such as "Doctor"."""
    return {
        Role.ANONYMOUS: _("Visitor"),
        Role.PATIENT: _("Patient"),
        Role.DOCTOR: _("Doctor"),
        Role.RECEPTION: _("Reception"),
        Role.MANAGER: _("Manager"),
        Role.CALENDAR: _("In the calendar"),
        Role.SYSTEM: _("CareSlot itself"),
    }[role]
