"""What Google's answers mean: the one place where they become calendar errors.

Source of the reasons: developers.google.com/workspace/calendar/api/guides/errors.
"""

import json
import re
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException

from google.auth.exceptions import GoogleAuthError, RefreshError
from googleapiclient.errors import Error as GoogleClientError
from googleapiclient.errors import HttpError
from httplib2 import HttpLib2Error

from core.calendars.calendar import (
    CalendarError,
    CalendarRefused,
    CalendarUnreachable,
    CursorExpired,
    EventChanged,
    EventExists,
    EventGone,
    QuotaUsedUp,
    ReconnectNeeded,
)
from core.domain.words import N_

FOREIGN_ERRORS = (GoogleClientError, GoogleAuthError, HttpLib2Error, HTTPException, OSError, ValueError)
"""All that a call may raise; ValueError stands for a body that is no JSON: a captive portal's page, a truncated answer."""

READ_ONLY = N_("CareSlot may see this calendar but not change it")
QUOTA_PAUSE = 3600.0  # seconds; the daily quota does not come back sooner by asking

_RATE_LIMITS = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_QUOTAS = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_TRY_AGAIN = N_("Try again. If it stays, check the calendar's settings in Google Calendar.")
_STALE_CURSORS = frozenset({"fullSyncRequired", "updatedMinTooLongAgo"})
_MEANINGS: dict[int, type[EventExists | EventGone | EventChanged | ReconnectNeeded]] = {
    401: ReconnectNeeded,  # the token was refreshed once already
    404: EventGone,
    409: EventExists,
    410: EventGone,
    412: EventChanged,
}
_REFUSALS = {
    "accessNotConfigured": (
        N_("the Google Calendar API is switched off for this project"),
        N_("Switch on the Google Calendar API in the Google Cloud console and try again."),
    ),
    "insufficientPermissions": (
        N_("the sign-in does not include calendars"),
        N_("Make a new refresh token and allow access to calendars; the page Calendars says how."),
    ),
    "forbiddenForServiceAccounts": (
        N_("a service account may not invite guests"),
        N_("Remove the guests from the event in Google Calendar."),
    ),
    "push.webhookUrlNotHttps": (
        N_("Google calls https addresses only"),
        N_("Set PUBLIC_URL to the clinic's https:// address."),
    ),
    "push.webhookUrlUnauthorized": (
        N_("Google does not call this address"),
        N_("Set PUBLIC_URL to an https:// address whose certificate is valid."),
    ),
    "calendarUsageLimits": (
        N_("this account has created too many calendars"),
        N_("Wait a day, or create the calendar by hand and share it."),
    ),
}


def translate(error: Exception, sharing_cure: str) -> CalendarError:
    """The calendar error that a foreign error means; for 404 and 410 EventGone, until someone looks for the calendar."""
    if isinstance(error, HttpError):
        return _translate_answer(error, sharing_cure)
    if isinstance(error, RefreshError) and not error.retryable:
        return ReconnectNeeded()
    return CalendarUnreachable(type(error).__name__)


def _translate_answer(error: HttpError, sharing_cure: str) -> CalendarError:
    """Judge an answer by its status and Google's reason."""
    status = int(error.resp.status)
    reason, parameter = _told(error.content, "reason"), _told(error.content, "location")
    if _passes(status, reason):
        said, wait = f"{status} {reason}".strip(), retry_after(error.resp)
        if reason in _QUOTAS:
            return QuotaUsedUp(said, retry_after=max(wait or 0.0, QUOTA_PAUSE))
        return CalendarUnreachable(said, retry_after=wait)
    if reason in _STALE_CURSORS or (status == HTTPStatus.BAD_REQUEST and parameter == "syncToken"):
        return CursorExpired()
    if status == HTTPStatus.BAD_REQUEST and parameter == "pageToken":  # the list is begun anew next time
        return CalendarUnreachable(f"{status} {parameter}")
    if status in _MEANINGS and reason not in _REFUSALS:
        return _MEANINGS[status]()
    unknown = (f"Google answered {status} {reason}", _TRY_AGAIN)
    refusals = _REFUSALS | {"requiredAccessLevel": (READ_ONLY, sharing_cure)}
    return CalendarRefused(*refusals.get(reason, unknown))


def is_googles(content: bytes) -> bool:
    """Whether an error's body is one of Google's, and not of something on the way there."""
    return bool(_told(content, "reason"))


def _passes(status: int, reason: str) -> bool:
    """Whether to try again later; a page that is not Google's own says nothing about an event, whatever its status."""
    limited = status == HTTPStatus.TOO_MANY_REQUESTS or reason in _RATE_LIMITS | _QUOTAS
    two_changes_at_once = status == HTTPStatus.CONFLICT and reason != "duplicate"
    return limited or two_changes_at_once or not reason or status not in {400, 403, *_MEANINGS}


def _told(content: bytes, name: str) -> str:
    """Google's reason code, such as `notFound`, or the parameter at fault; empty where the body is no error of Google's."""
    try:
        found = json.loads(content)["error"]["errors"][0][name]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return found if isinstance(found, str) and re.fullmatch(r"[A-Za-z.]{1,60}", found) else ""


def retry_after(headers: dict[str, str]) -> float | None:
    """Seconds to wait by the Retry-After header (a number or a date, RFC 9110 10.2.3), or None where it says nothing.

    A date is measured against the answer's own Date header, so that a wrong clock here does no harm.
    """
    value = headers.get("retry-after", "")
    if re.fullmatch(r"\d{1,9}", value):
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(wait.total_seconds(), 0.0)
