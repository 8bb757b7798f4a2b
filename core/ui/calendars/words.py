"""What the page Calendars says of a calendar: where it is, how much it tells, what ails it and the cure."""

import re
from datetime import UTC, datetime

from core.calendars.event import Detail, Mirrored, event_content
from core.calendars.registry import SignIn
from core.scheduler.calendar_overview import ClinicCalendar
from core.ui.words import _, plain

DETAILS = tuple(Detail)
SAMPLE_DOCTOR = "Dr. Sarah Johnson"
_ADDRESS = re.compile(r"([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+[A-Za-z0-9])")
_SAMPLE_TIME = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)


def provider_words(provider: str) -> str:
    """Where a calendar is, such as "Google Calendar"."""
    return {
        "embedded": _("Built-in calendar — reachable from this machine only"),
        "google": _("Google Calendar"),
        "caldav": _("Calendar server (CalDAV)"),
        "pipedream": _("Google Calendar through Pipedream"),
    }[provider]


def provider_icon(provider: str) -> str:
    """A sign beside those words."""
    return {
        "embedded": ":material/computer:",
        "google": ":material/cloud:",
        "caldav": ":material/dns:",
        "pipedream": ":material/cloud_sync:",
    }[provider]


def said(text: str) -> str:
    """A sentence amid Markdown, its addresses to be copied: left alone they would turn into links to a mail program."""
    parts = _ADDRESS.split(text)
    return "".join(f"`{part}`" if number % 2 else _kept_spaces(part) for number, part in enumerate(parts))


def _kept_spaces(text: str) -> str:
    """plain(), with the spaces at its ends, which belong before and after an address."""
    stripped = plain(text)
    return f"{' ' if text[:1].isspace() else ''}{stripped}{' ' if stripped and text[-1:].isspace() else ''}"


def example_title(detail: Detail, *, prefix: bool = False, doctor: str = SAMPLE_DOCTOR) -> str:
    """What an event's title looks like, made by the code that makes the real ones."""
    sample = Mirrored(
        appointment_id=11,
        patient_name="John Doe",
        patient_email="john.doe@example.com",
        doctor_name=doctor,
        specialty="",
        reason="",
        visit_type="",
        location="",
        starts_at=_SAMPLE_TIME,
        ends_at=_SAMPLE_TIME,
        revision=1,
        colour_id="10",
        prefix=prefix,
    )
    return event_content(sample, detail, "sample", "UTC").title


def detail_name(detail: Detail) -> str:
    """How much a calendar tells, in a word or two."""
    return {
        Detail.FULL: _("Everything"),
        Detail.INITIALS: _("Initials"),
        Detail.PRIVATE: _("Number only"),
    }[detail]


def detail_words(detail: Detail) -> str:
    """What stands in an event beside its title and time."""
    return {
        Detail.FULL: _("with the patient's email, the doctor's specialty, the reason and the room"),
        Detail.INITIALS: _("with the doctor's specialty and the room; no name, email or reason"),
        Detail.PRIVATE: _("and nothing else: no patient, no doctor, no reason"),
    }[detail]


def detail_caption(detail: Detail) -> str:
    """The example and what stands beside it, in one line."""
    return _("“{title}”, {rest}").format(title=plain(example_title(detail)), rest=detail_words(detail))


def trouble_words(calendar: ClinicCalendar, sign_in: SignIn) -> str:
    """What the last push met, in a sentence with its cure."""
    match calendar.last_error_kind:
        case "reconnect":
            trouble = _("The calendar needs a new sign-in.")
            return f"{trouble} {reconnect_cure(calendar.provider, sign_in)}"
        case "missing":
            trouble = _("This calendar does not exist or is not shared with CareSlot.")
            return f"{trouble} {sharing_cure(calendar.provider, sign_in)}"
        case _:
            return said(_(calendar.last_error or ""))


def reconnect_cure(provider: str, sign_in: SignIn) -> str:
    """What a manager does where a vendor does not know the sign-in any more."""
    if sign_in.kind in {"oauth", "password"}:
        return _("Sign in anew: the button stands above, and below “Add a calendar”.")
    if provider == "caldav":
        return _("Set CALDAV\\_USERNAME and CALDAV\\_PASSWORD again and restart CareSlot.")
    if sign_in.kind == "service_account":
        return _(
            "Check in the Google Cloud console that the service account is enabled and its key still listed; if not, "
            "set a new key and restart CareSlot."
        )
    return _("Make a new refresh token, set GOOGLE\\_REFRESH\\_TOKEN and restart CareSlot.")


def sharing_cure(provider: str, sign_in: SignIn) -> str:
    """What a manager does where a vendor does not show the calendar to the sign-in."""
    if provider == "google" and sign_in.account:
        return _(
            "In Google Calendar, open the calendar's settings and share it with {account} with the permission “Make "
            "changes to events”."
        ).format(account=f"`{sign_in.account}`")
    return _("Check its address and who it is shared with.")
