"""Where somebody who walks in fits into a doctor's day."""

from dataclasses import dataclass

from core.domain.opening import subtract
from core.domain.slots import MINUTE, DoctorDay, free_starts, merged


@dataclass(frozen=True, slots=True)
class Gap:
    """A doctor's time from a moment on, in epoch seconds.

    `free_until`: free at the moment, until then; `free_again`: not free, but from then on; `next_start`: when the visit
    fits first, which is the moment itself where it fits at once; `opens_at`: not open at the moment, but from then on.
    Each None where there is no such time.
    """

    moment: int
    free_until: int | None
    free_again: int | None
    next_start: int | None
    opens_at: int | None = None

    @property
    def fits_now(self) -> bool:
        """Whether the visit can begin at the moment."""
        return self.next_start == self.moment


def gap_from(time: DoctorDay, moment: int, minutes: int, buffer_minutes: int, latest: int) -> Gap:
    """The gap for a visit of so many minutes and its buffer, from a whole minute on and starting before `latest`."""
    free = subtract(time.opening, merged([*time.closed, *time.occupied]))
    now = next((end for start, end in free if start <= moment < end), None)
    later = next((start for start, _ in free if moment < start < latest), None)
    is_open = any(start <= moment < end for start, end in time.opening)
    return Gap(
        moment,
        free_until=now,
        free_again=later if now is None else None,
        next_start=next(free_starts(time, minutes, buffer_minutes, moment, latest, grid=MINUTE), None),
        opens_at=None if is_open else next((start for start, _ in time.opening if moment < start < latest), None),
    )
