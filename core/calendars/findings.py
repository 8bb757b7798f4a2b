"""What a calendar told, sorted out: events of ours, those of ours that stand in the wrong place, and somebody else's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.calendars.calendar import FoundEvent
from core.scheduler.link_effects import Known


@dataclass(frozen=True, slots=True)
class Item:
    """A link and what was found of its event, None where that is confirmed to be gone.

    `version` is the link's, from right before the event was asked for by itself; None for what a listing told.
    """

    known: Known
    found: FoundEvent | None
    version: tuple[object, ...] | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """`strays` bear the id or the UID of an event whose home is elsewhere; `foreign` are all others, tombstones too."""

    ours: dict[int, Item] = field(default_factory=dict)
    strays: list[Item] = field(default_factory=list)
    foreign: list[FoundEvent] = field(default_factory=list)


def ids_in(events: Iterable[FoundEvent]) -> set[str]:
    """By which ids events of ours may be known among these."""
    return {one for event in events for one in (event.event_id, event.series_id, event.uid) if one}


def sort_out(calendar_id: str, events: Sequence[FoundEvent], known: Iterable[Known]) -> Findings:
    """Whose the events of a calendar are. Events are ours by their id, not by anything that a copy would share."""
    here: dict[str, Known] = {}
    elsewhere: dict[str, Known] = {}
    for link in known:
        (here if link.calendar_id == calendar_id else elsewhere)[link.event_id] = link
    findings = Findings()
    for event in events:
        if event.event_id in here:
            _keep(findings, here[event.event_id], event)
        elif event.series_id in here:
            if not event.cancelled:
                _keep(findings, here[event.series_id], event)
        elif event.cancelled or event.series_id or event.recurring:
            findings.foreign.append(event)
        elif home := elsewhere.get(event.event_id) or elsewhere.get(event.uid) or here.get(event.uid):
            findings.strays.append(Item(home, event, home.version))
        else:
            findings.foreign.append(event)
    return findings


def _keep(findings: Findings, link: Known, event: FoundEvent) -> None:
    """Of several that tell of one link, what lives goes before a tombstone, and the event itself before an occurrence."""
    before = findings.ours.get(link.link_id)
    if before is None or before.found is None or _weight(event) > _weight(before.found):
        findings.ours[link.link_id] = Item(link, event)


def _weight(event: FoundEvent) -> int:
    return 0 if event.cancelled else 1 if event.series_id else 2
