"""What Google demands of an event's content beyond its schema, and how a stored event is told."""

import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.stand_ins.google.refusals import Refusal, invalid

EVENT_ID = re.compile(r"[a-v0-9]{5,1024}")
WRITABLE = frozenset(
    {
        "summary",
        "description",
        "location",
        "start",
        "end",
        "colorId",
        "reminders",
        "extendedProperties",
        "sequence",
        "status",
        "transparency",
        "visibility",
        "attendees",
        "recurrence",
        "source",
        "guestsCanInviteOthers",
        "guestsCanModify",
        "guestsCanSeeOtherGuests",
        "anyoneCanAddSelf",
    }
)
NOT_BUILT = frozenset({"recurringEventId", "conferenceData", "attachments", "eventLabelId"})
"""Properties whose meaning this server does not know; it refuses them rather than pretend."""


def check_event(event: dict[str, Any], *, by_service_account: bool) -> None:
    """Refuse content that Google refuses: times, colour, reminders, properties, guests."""
    for name in ("start", "end"):
        if name not in event:
            raise Refusal(400, "required", f"Missing {name} time.")
        _check_moment(event[name], name)
    if ("date" in event["start"]) != ("date" in event["end"]):
        raise invalid("Start and end times must either both be date or both be dateTime.")
    if instant(event["end"]) < instant(event["start"]) or event["start"].get("date", "") == event["end"].get("date"):
        raise Refusal(400, "timeRangeEmpty")
    if event.get("colorId") and event["colorId"] not in EVENT_COLOURS:
        raise invalid("Invalid color id.", "colorId")
    _check_reminders(event.get("reminders", {}))
    for properties in event.get("extendedProperties", {}).values():
        if any(len(key) > 44 or len(value) > 1024 for key, value in properties.items()):
            raise invalid("Extended property is too long.", "extendedProperties")
    if event.get("attendees") and by_service_account:
        raise Refusal(403, "forbiddenForServiceAccounts")


def _check_moment(moment: dict[str, str], name: str) -> None:
    if ("date" in moment) == ("dateTime" in moment):
        raise invalid(f"Invalid {name} time.")
    if "timeZone" in moment:
        try:
            ZoneInfo(moment["timeZone"])
        except (KeyError, ValueError):
            raise invalid(f"Invalid time zone definition for {name} time.") from None
    if "dateTime" in moment and datetime.fromisoformat(moment["dateTime"]).tzinfo is None and "timeZone" not in moment:
        raise Refusal(400, "required", f"Missing time zone definition for {name} time.")


def _check_reminders(reminders: dict[str, Any]) -> None:
    overrides = reminders.get("overrides", [])
    if reminders.get("useDefault") and overrides:
        raise Refusal(400, "cannotUseDefaultRemindersAndSpecifyOverride")
    if len(overrides) > 5:
        raise invalid("Too many reminder overrides.", "reminders.overrides")
    for one in overrides:
        if "method" not in one or "minutes" not in one:
            raise Refusal(400, "required", "Missing override reminder method or minutes.")
        if not 0 <= one["minutes"] <= 40320:
            raise invalid("Invalid reminder minutes.", "reminders.overrides")


def instant(moment: dict[str, str], zone: str = "UTC") -> datetime:
    """The UTC instant of an EventDateTime; a date begins at midnight in the given zone."""
    if "date" in moment:
        return datetime.combine(date.fromisoformat(moment["date"]), datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    told = datetime.fromisoformat(moment["dateTime"])
    if told.tzinfo is None:
        told = told.replace(tzinfo=ZoneInfo(moment["timeZone"]))
    return told.astimezone(UTC)


def told_moment(moment: dict[str, str], zone: str) -> dict[str, str]:
    """An EventDateTime as Google answers it: with an offset, in the zone that the reader asked for."""
    if "date" in moment:
        return dict(moment)
    told = instant(moment).astimezone(ZoneInfo(zone)).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"dateTime": told, "timeZone": moment.get("timeZone", zone)}


_BACKGROUNDS = [
    "a4bdfc",
    "7ae7bf",
    "dbadff",
    "ff887c",
    "fbd75b",
    "ffb878",
    "46d6db",
    "e1e1e1",
    "5484ed",
    "51b749",
    "dc2127",
]
EVENT_COLOURS = {str(at): {"background": f"#{hue}", "foreground": "#1d1d1d"} for at, hue in enumerate(_BACKGROUNDS, 1)}
