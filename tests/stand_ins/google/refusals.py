"""What the stand-in refuses, in Google's own words and form."""

from http import HTTPStatus
from typing import Any

_MESSAGES = {
    "authError": "Invalid Credentials",
    "notFound": "Not Found",
    "deleted": "Resource has been deleted",
    "duplicate": "The requested identifier already exists.",
    "conditionNotMet": "Precondition Failed",
    "requiredAccessLevel": "You need to have writer access to this calendar.",
    "fullSyncRequired": "Sync token is no longer valid, a full sync is required.",
    "timeRangeEmpty": "The specified time range is empty.",
    "rateLimitExceeded": "Rate Limit Exceeded",
    "userRateLimitExceeded": "User Rate Limit Exceeded",
    "quotaExceeded": "Calendar usage limits exceeded.",
    "insufficientPermissions": "Insufficient Permission",
    "forbiddenForServiceAccounts": "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.",
    "backendError": "Backend Error",
}
_DOMAINS = {
    "rateLimitExceeded": "usageLimits",
    "userRateLimitExceeded": "usageLimits",
    "quotaExceeded": "usageLimits",
    "dailyLimitExceeded": "usageLimits",
    "accessNotConfigured": "usageLimits",
    "requiredAccessLevel": "calendar",
    "timeRangeEmpty": "calendar",
    "fullSyncRequired": "calendar",
}


class Refusal(Exception):
    """An answer with an error status, a reason and a message."""

    def __init__(self, status: int, reason: str, message: str = "", **where: str) -> None:
        super().__init__(f"{status} {reason} {message}")
        self.status = status
        self.body = error_body(status, reason, message, **where)


def error_body(status: int, reason: str, message: str = "", **where: str) -> dict[str, Any]:
    """Google's error document; `where` may hold location and locationType."""
    said = message or _MESSAGES.get(reason) or HTTPStatus(status).phrase
    one = {"domain": _DOMAINS.get(reason, "global"), "reason": reason, "message": said, **where}
    return {"error": {"errors": [one], "code": status, "message": said}}


def invalid(message: str, location: str = "") -> Refusal:
    """A 400 for a value that Google would not take."""
    where = {"location": location, "locationType": "parameter"} if location else {}
    return Refusal(400, "invalid", message, **where)
