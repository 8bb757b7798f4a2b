"""What might be changed about a clinic, and the clinic as it would be then."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import time

from core.domain.errors import BadInput, NotFound
from core.domain.opening import OpeningHours, Span, open_spans, subtract, wall_time
from core.domain.replay import Wish
from core.domain.slots import MINUTE
from core.scheduler.demand import Demand

NEW_DOCTOR = -1
"""The number of the doctor who is not there yet."""


@dataclass(frozen=True, slots=True)
class MoreHours:
    """Open a weekday (0 is Monday) from one wall time to another, midnight being the day's end; None for all doctors."""

    weekday: int
    opens: time
    closes: time
    doctor_id: int | None = None


@dataclass(frozen=True, slots=True)
class OtherLength:
    """Give visits of a type other minutes; the buffer stays."""

    visit_type_id: int
    minutes: int


@dataclass(frozen=True, slots=True)
class OneDoctorMore:
    """Add a doctor with the hours, the days off and the visit types of this one."""

    like_doctor_id: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """The changes, at least one of them."""

    hours: MoreHours | None = None
    length: OtherLength | None = None
    doctor: OneDoctorMore | None = None


def changed(demand: Demand, scenario: Scenario) -> Demand:
    """The clinic with these changes, hours first, so that a new doctor gets them too.

    Raises BadInput where nothing would change, NotFound for a doctor or a visit type that is not active any more.
    """
    if scenario == Scenario():
        raise BadInput("Choose at least one change.", "change")
    if scenario.hours is not None:
        demand = _open_longer(demand, scenario.hours)
    if scenario.length is not None:
        demand = _give_other_length(demand, scenario.length)
    if scenario.doctor is not None:
        demand = _add_doctor(demand, scenario.doctor)
    return demand


def wishes_then(wishes: Iterable[Wish], scenario: Scenario) -> list[Wish]:
    """The same wishes for visits of the changed lengths."""
    if scenario.length is None:
        return list(wishes)
    kind = scenario.length.visit_type_id
    minutes = scenario.length.minutes
    return [
        replace(wish, length=replace(wish.length, minutes=minutes)) if wish.visit_type_id == kind else wish
        for wish in wishes
    ]


def _open_longer(demand: Demand, more: MoreHours) -> Demand:
    active = [doctor.doctor_id for doctor in demand.doctors if doctor.active]
    doctors = active if more.doctor_id is None else [more.doctor_id]
    if not set(doctors) <= set(active):
        raise NotFound
    if more.closes != time(0) and more.closes <= more.opens:
        raise BadInput("Closing time must be after opening time.", "closes")
    entry = OpeningHours(more.weekday, more.opens, more.closes)
    asked = open_spans([entry], demand.clinic.zone, demand.first, demand.open_until)
    added = {doctor_id: subtract(asked, demand.opening[doctor_id]) for doctor_id in doctors}
    if not any(added.values()):
        raise BadInput("Patients are seen then already.", "opens")
    longer = {doctor_id: _lengthened(demand, demand.opening[doctor_id], spans) for doctor_id, spans in added.items()}
    return replace(demand, opening={**demand.opening, **longer})


def _lengthened(demand: Demand, opening: Iterable[Span], added: Sequence[Span]) -> list[Span]:
    """The opening times with those added, joined on a day where what was open keeps its grid and so all of its slots."""
    grid, new = demand.clinic.policy.grid_minutes * MINUTE, set(added)
    longer: list[Span] = []
    for start, end in sorted([*opening, *added]):
        before = longer[-1] if longer else None
        on_grid = before is not None and ((start, end) in new or (start - before[0]) % grid == 0)
        if (
            before is not None
            and before[1] == start
            and on_grid
            and wall_time(start, demand.clinic.zone).time() != time(0)
        ):
            longer[-1] = (before[0], end)
        else:
            longer.append((start, end))
    return longer


def _give_other_length(demand: Demand, other: OtherLength) -> Demand:
    kind = next((kind for kind in demand.visit_types if kind.visit_type_id == other.visit_type_id), None)
    if kind is None:
        raise NotFound
    if kind.minutes == other.minutes:
        raise BadInput("These visits take that long already.", "minutes")
    shorter = replace(kind, minutes=other.minutes)
    return replace(demand, visit_types=[shorter if one == kind else one for one in demand.visit_types])


def _add_doctor(demand: Demand, more: OneDoctorMore) -> Demand:
    like = next((one for one in demand.doctors if one.active and one.doctor_id == more.like_doctor_id), None)
    if like is None:
        raise NotFound
    return replace(
        demand,
        doctors=[*demand.doctors, replace(like, doctor_id=NEW_DOCTOR)],
        offers={**demand.offers, NEW_DOCTOR: demand.offers.get(like.doctor_id, ())},
        opening={**demand.opening, NEW_DOCTOR: demand.opening[like.doctor_id]},
        closures={**demand.closures, NEW_DOCTOR: demand.closures[like.doctor_id]},
        busy={**demand.busy, NEW_DOCTOR: ()},
    )
