"""What came of a replay, in sentences of plain text; `names` are the doctors' and visit types' by number."""

from collections.abc import Mapping
from datetime import time

from core.reports.report import Named
from core.reports.scenario import NEW_DOCTOR, Scenario
from core.reports.what_if import LEAST_REQUESTS
from core.reports.what_if_result import Spread, UseChange, WaitChange, WhatIfResult
from core.ui.figures.numbers import days_words, hours_words, number, percent, weekday_name
from core.ui.words import _, ngettext

_PLACES = 1


def scenario_words(scenario: Scenario, doctors: Mapping[int, str], visit_types: Mapping[int, str]) -> str:
    """The changes, such as "Saturday 09:00 to 12:00 for all doctors; 15 minutes for Follow-up"."""
    said = []
    if (hours := scenario.hours) is not None:
        whose = _("all doctors") if hours.doctor_id is None else doctors.get(hours.doctor_id, "")
        said.append(
            _("{weekday} {opens} to {closes} for {whose}").format(
                weekday=weekday_name(hours.weekday), opens=_wall(hours.opens), closes=_wall(hours.closes), whose=whose
            )
        )
    if (length := scenario.length) is not None:
        said.append(
            _("{minutes} minutes for {visit_type}").format(
                minutes=length.minutes, visit_type=visit_types.get(length.visit_type_id, "")
            )
        )
    if (more := scenario.doctor) is not None:
        said.append(_("one doctor more, like {doctor}").format(doctor=doctors.get(more.like_doctor_id, "")))
    return "; ".join(said)


def doctor_words(doctor: Named) -> str:
    """A doctor's name, also of one who is not there yet."""
    return _("The new doctor") if doctor.number == NEW_DOCTOR else doctor.name


def replayed_words(result: WhatIfResult) -> str:
    """How much was replayed, or that it was too little."""
    requests = ngettext("{count} request", "{count} requests", result.requests)
    if not result.runs:
        return _(
            "There were {requests} in these days, and {least} are needed: of fewer, a replay says more about chance."
        ).format(requests=requests, least=LEAST_REQUESTS)
    return _("{requests} in {days}, replayed {runs} times without and with the change.").format(
        requests=requests, days=days_words(result.period.days), runs=result.runs
    )


def wait_sentence(change: WaitChange, runs: int) -> str:
    """Such as "First visit: 7 days to the third free time instead of 9; sooner in 8 of 10 replays (6 to 8 days)."."""
    before, after = days(change.before.as_it_came), days(change.after.as_it_came)
    if before == after:
        words = _("{visit_type}: {after} to the third free time, without and with the change.")
        return words.format(visit_type=change.visit_type.name, after=after)
    words = _("{visit_type}: {after} to the third free time instead of {before}; {often} ({range}).")
    return words.format(
        visit_type=change.visit_type.name,
        after=after,
        before=number(rounded(change.before.as_it_came)),
        often=_often(change, runs),
        range=_range(change.after),
    )


def use_sentence(everybody: UseChange) -> str:
    """Such as "61 % of 412 h are booked instead of 66 % of 360 h."."""
    return _("{after} of {hours_after} are booked instead of {before} of {hours_before}.").format(
        after=percent(everybody.after.share),
        hours_after=hours_words(everybody.after.bookable),
        before=percent(everybody.before.share),
        hours_before=hours_words(everybody.before.bookable),
    )


def unmet_sentence(result: WhatIfResult) -> str | None:
    """How many requests found no time at all, None where all did."""
    if not result.unmet_before and not result.unmet_after:
        return None
    return _("Requests for which no time was found: {after} instead of {before}.").format(
        after=result.unmet_after, before=result.unmet_before
    )


def match_sentence(result: WhatIfResult) -> str:
    """How near the replay without the change comes to what really happened."""
    if result.all is None:
        return ""
    waits = _("; ").join(
        _("{visit_type} {replayed} and {real}").format(
            visit_type=wait.visit_type.name,
            replayed=number(rounded(wait.before.as_it_came)),
            real=number(rounded(wait.real)),
        )
        for wait in result.waits
    )
    return _(
        "Without the change, the replay has {replayed} of the time booked; really it was {real}. Days to the third free "
        "time, replayed and really: {waits}."
    ).format(replayed=percent(result.all.before.share), real=percent(result.all.real.share), waits=waits)


def days(value: float) -> str:
    """Days to one place, with their unit."""
    return days_words(rounded(value))


def rounded(value: float) -> float:
    """Days to the one place that is shown."""
    return round(value, _PLACES)


def _often(change: WaitChange, runs: int) -> str:
    if change.after.as_it_came < change.before.as_it_came:
        return _("sooner in {count} of {runs} replays").format(count=change.sooner, runs=runs)
    return _("later in {count} of {runs} replays").format(count=change.later, runs=runs)


def _range(spread: Spread) -> str:
    low, high = rounded(spread.low), rounded(spread.high)
    if low == high:
        return _("{days} in all of them").format(days=days_words(low))
    return _("{low} to {high}").format(low=number(low), high=days_words(high))


def _wall(wall: time) -> str:
    return f"{wall:%H:%M}"
