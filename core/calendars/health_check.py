"""Whether each of the clinic's calendars can be reached and written, as lines of the self-check."""

from core.calendars.calendar import CalendarError, Health
from core.calendars.registry import CalendarRegistry
from core.scheduler.self_check import Check, known_calendars
from core.scheduler.store import Store


def check_calendars(store: Store, registry: CalendarRegistry) -> list[Check]:
    """Ask every calendar; the built-in server is started if need be. A clinic without any is told how to get one."""
    found = known_calendars(store)
    if not found:
        return [Check("calendar", ok=False, cure="There is none yet. Open the clinic: it comes with a calendar.")]
    checks = []
    for provider, calendar_id, name in found:
        health = _health(registry, provider, calendar_id, name)
        checks.append(Check(f"calendar {calendar_id}", health.ok, health.cure or ("" if health.ok else health.detail)))
    return checks


def _health(registry: CalendarRegistry, provider: str, calendar_id: str, name: str) -> Health:
    try:
        return registry.calendar(provider, calendar_id, name).health()
    except CalendarError as error:  # there is no sign-in for it, or the built-in server does not start
        return Health(ok=False, cure=str(error))
