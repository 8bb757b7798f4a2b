"""How long one waits for an appointment, as clinics measure it: by the third free slot, not by the first."""

from collections.abc import Iterable
from datetime import date
from itertools import islice
from zoneinfo import ZoneInfo

from core.domain.opening import wall_time

THIRD = 3


def third_next_available(starts: Iterable[int], today: date, zone: ZoneInfo) -> int | None:
    """Calendar days from `today` to the third of the free slots, weekends counted; None where there are fewer than three.

    `starts` are the slots of one visit type in epoch seconds, in order; no more than three are looked at. Of several
    doctors each counts: two who are free at nine are two slots. Days are those of the zone; 0 means today. The first and
    second free slot are left out, because a cancellation opens them by chance. Held slots count as free.
    Source: Institute for Healthcare Improvement, measure "Third Next Available Appointment": the average length of time
    in days between a request for an appointment and the third available one; calendar days, including weekends.
    """
    found = list(islice(starts, THIRD))
    return None if len(found) < THIRD else (wall_time(found[-1], zone).date() - today).days
