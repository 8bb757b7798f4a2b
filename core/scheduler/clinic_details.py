"""Checking what a manager says about the clinic: patients read it, and they call these numbers."""

import re
from functools import partial
from typing import Any

from core.domain.errors import BadInput
from core.domain.words import N_
from core.scheduler.personal_details import all_checked, checked_phone
from core.scheduler.team import refuse_outside, texts_of

POLICY_BOUNDS = {
    "notice_minutes": (0, 14 * 24 * 60),
    "horizon_days": (1, 730),
    "cutoff_minutes": (0, 14 * 24 * 60),
    "max_upcoming": (1, 100),
    "hold_minutes": (1, 60),
    "grid_minutes": (5, 60),
}
"""The least and the most that each rule of the policy may be."""

OUTSIDE = {
    "notice_minutes": N_("Choose from 0 to 336 hours."),
    "horizon_days": N_("Choose from 1 to 730 days."),
    "cutoff_minutes": N_("Choose from 0 to 336 hours."),
    "max_upcoming": N_("Choose from 1 to 100 appointments."),
    "hold_minutes": N_("Choose from 1 to 60 minutes."),
    "grid_minutes": N_("Choose from 5 to 60 minutes."),
}
"""The same bounds as sentences, in the units in which the rules are asked for."""

_EXTENSION = re.compile(r"[ ,]*\b(?:ext\.?|extension|x) ?\d{1,6}$", re.IGNORECASE)
_EMERGENCY = re.compile(r"\+?[0-9 ()./-]+")
_LEAST_DIGITS = 2


def checked_details(*, name: str, address: str, phone: str, emergency: str) -> dict[str, Any]:
    """The details without spaces around them; BadFields where the name is missing or a number can't be called."""
    texts, *_ = all_checked(
        lambda: texts_of(name=name, address=address, phone=phone, emergency=emergency),
        lambda: _refuse_unfit_phone(phone.strip()),
        lambda: _refuse_unfit_emergency(emergency.strip()),
    )
    return dict(texts)


def refuse_unfit_rules(rules: dict[str, int]) -> None:
    """Raise BadFields with every rule that lies outside its bounds."""
    all_checked(
        *(
            partial(refuse_outside, rules[field], least, most, field, OUTSIDE[field])
            for field, (least, most) in POLICY_BOUNDS.items()
        )
    )


def _refuse_unfit_phone(phone: str) -> None:
    if phone:
        checked_phone(_EXTENSION.sub("", phone))


def _refuse_unfit_emergency(emergency: str) -> None:
    digits = sum(character.isdigit() for character in emergency)
    if emergency and not (_EMERGENCY.fullmatch(emergency) and digits >= _LEAST_DIGITS):
        raise BadInput(N_("Enter a number to call, such as 112 or 911."), "emergency")
