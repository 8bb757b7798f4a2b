"""The words for what happens between a calendar and the clinic, as they are stored."""

from enum import StrEnum


class Verdict(StrEnum):
    """What the clinic says of a time that somebody chose in a calendar."""

    FREE = "free"
    CLOSED = "closed"  # outside hours, closed, or busy in the calendar: a manager may override that
    PAST = "past"
    TAKEN = "taken"  # by another appointment of the doctor or the patient, or kept for somebody: nobody may


class Clash(StrEnum):
    """Why calendar and clinic disagree about an appointment's time, until a person decides."""

    CLOSED = "closed"
    PAST = "past"
    TAKEN = "taken"
    BOTH_CHANGED = "both_changed"  # the clinic's time was kept; this tells of the other one


class Held(StrEnum):
    """Why nothing is sent to a calendar about an appointment."""

    CONFLICT = "conflict"
    GONE = "gone"  # its event was deleted there; cancelled in a while unless somebody keeps it
    VANISHED = "vanished"  # many were gone at once; a person says what to do


class Mend(StrEnum):
    """What was done so that both agree again."""

    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    PUT_BACK = "put_back"
    REMOVED = "removed"  # an event that should not have stood in that calendar
    LET_BE = "let_be"  # it came back to the calendar by itself


class Cause(StrEnum):
    """Why something had to be mended."""

    MOVED_THERE = "moved_there"
    DELETED_THERE = "deleted_there"
    TEXT_EDITED = "text_edited"
    ALL_DAY = "all_day"
    SERIES = "series"
    NO_USABLE_TIME = "no_usable_time"
    NOT_OPEN_ANY_MORE = "not_open_any_more"  # the patient is here, or the visit is over
    OTHER_CALENDAR = "other_calendar"
    UNWANTED = "unwanted"  # it was cancelled here, or belongs to another calendar
    KEPT = "kept"  # a person decided so
    TAKEN_OVER = "taken_over"  # a person took the calendar's time
    CAME_BACK = "came_back"
    COMPARED = "compared"  # both sides were compared completely, and a person had it mended
