"""How CareSlot signs in where a calendar is, and in which other ways it could."""

from collections.abc import Mapping

from core.calendars.registry import SignIn
from core.scheduler.calendar_overview import ClinicCalendar
from core.scheduler.connections import CalendarConnection
from core.ui.shell import Page

BY_SETTINGS = 0  # among the numbers of connections, which begin at 1


def sign_in_at(page: Page, calendar: ClinicCalendar) -> SignIn:
    """How CareSlot signs in for this calendar."""
    known = calendar.sign_in
    match known.kind:
        case "":
            return sign_in_of_settings(page, calendar.provider)
        case "service_account":
            return SignIn("service_account", known.account)
        case "oauth":
            return SignIn("oauth", known.account)
        case _:
            return SignIn("password", known.account, known.address)


def sign_in_of_settings(page: Page, provider: str) -> SignIn:
    """How CareSlot signs in at a vendor by its settings."""
    match provider:
        case "google":
            return page.app.registry.google_sign_in()
        case "caldav":
            return page.app.registry.caldav_sign_in()
        case "pipedream":
            return page.app.registry.pipedream_sign_in()
        case _:
            return SignIn()


def other_ways(
    page: Page, calendar: ClinicCalendar, connections: Mapping[int, CalendarConnection]
) -> list[tuple[str, int]]:
    """Provider and connection (BY_SETTINGS for none) of each way to this very calendar, the present one among them."""
    present = (calendar.provider, calendar.connection_id or BY_SETTINGS)
    own = connections.get(calendar.connection_id or BY_SETTINGS)
    if calendar.provider == "embedded" or (own is not None and own.owner_id is not None):
        return [present]
    if calendar.provider == "caldav":
        found = [
            ("caldav", one.connection_id)
            for one in connections.values()
            if one.provider == "caldav" and one.owner_id is None and one.address
            if calendar.address.startswith(one.address)
        ]
    else:
        by_settings = [name for name in ("google", "pipedream") if sign_in_of_settings(page, name).ready]
        found = [(name, BY_SETTINGS) for name in by_settings] + [
            ("google", one.connection_id)
            for one in connections.values()
            if one.provider == "google" and one.owner_id is None
        ]
    return found if present in found else [present, *found]
