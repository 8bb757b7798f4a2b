"""Checking what people type about themselves; each check returns what to keep or raises BadInput naming its field."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from core.domain.errors import BadFields, BadInput
from core.scheduler.patients import LONGEST_FIELD

EARLIEST_BIRTH = date(1900, 1, 1)
FEWEST_DIGITS, MOST_DIGITS = 6, 20
_LOCAL_PHONE = re.compile(r"[0-9 ()./-]+")


def all_checked(*checks: Callable[[], Any]) -> list[Any]:
    """What each check returns; BadFields with every problem at once where any of them refuses."""
    values: list[Any] = []
    problems: dict[str, str] = {}
    for check in checks:
        try:
            values.append(check())
        except BadInput as wrong:
            problems |= wrong.problems
    if problems:
        raise BadFields(problems)
    return values


def checked_email(email: str) -> str:
    """The address with its domain in small letters; whether it receives mail is not asked."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(email.strip(), check_deliverability=False).normalized
    except EmailNotValidError as wrong:
        raise BadInput("Enter an email address such as name@example.com.", "email") from wrong


def checked_name(name: str) -> str:
    """The name on one line, with single spaces."""
    name = " ".join(name.split())
    if not name:
        raise BadInput("Enter a name.", "name")
    if len(name) > LONGEST_FIELD:
        raise BadInput(f"Please keep this under {LONGEST_FIELD} characters.", "name")
    return name


def checked_phone(phone: str) -> str:
    """The number as it was typed: an international one begins with +, any other is one of the clinic's own country."""
    phone = " ".join(phone.split())
    if not (_is_international(phone) if phone.startswith("+") else _is_local(phone)):
        raise BadInput("Enter a phone number such as 555-0123 or +44 20 7946 0123.", "phone")
    return phone


def checked_birth(date_of_birth: date | None, today: date) -> date:
    """The date, from 1900 to today. A field that takes no other day gives none for one, so the sentence for none says so."""
    if date_of_birth is None:
        raise BadInput(f"Enter your date of birth: a day from {EARLIEST_BIRTH.year} until today.", "date_of_birth")
    if date_of_birth > today:
        raise BadInput("The date of birth lies in the future.", "date_of_birth")
    if date_of_birth < EARLIEST_BIRTH:
        raise BadInput(f"Enter a date of birth from {EARLIEST_BIRTH.year} on.", "date_of_birth")
    return date_of_birth


def _is_local(phone: str) -> bool:
    digits = sum(character.isdigit() for character in phone)
    return bool(_LOCAL_PHONE.fullmatch(phone)) and FEWEST_DIGITS <= digits <= MOST_DIGITS


def _is_international(phone: str) -> bool:
    import phonenumbers

    try:
        # Possible, not valid: lists of assigned numbers age, and a person must not be turned away for a new one.
        return phonenumbers.is_possible_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return False
