"""What a new or changed calendar has to bring, and how one is written down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.domain.calendar_ids import collection_name, google_address, short_name, slug_of
from core.domain.errors import BadFields, BadInput
from core.domain.words import N_
from core.scheduler.calendar_overview import ClinicCalendar
from core.scheduler.connections import CalendarConnection, revive
from core.scheduler.links import touch_calendar_links
from core.scheduler.tables import calendar_links, calendars

PROVIDERS = ("embedded", "google", "caldav", "pipedream")
DETAILS = ("full", "initials", "private")
FOREIGN_BLOCKS = ("everyone", "nobody")
LONGEST_NAME = 200
SAME_CALENDARS = frozenset({"google", "pipedream"})
"""Two ways to one vendor: an id means the same calendar by either."""
_ADDRESSES = {"google": google_address, "caldav": short_name, "pipedream": google_address}


def checked(
    name: str,
    provider: str,
    detail: str | None,
    foreign_blocks: str | None,
    *,
    address: str | None = None,
    sign_in: CalendarConnection | None = None,
) -> dict[str, Any]:
    """What is told, as it is stored; BadFields with a sentence for each field that won't do.

    Without an `address` the calendar is there already, and keeps what is not said.
    """
    problems = {}
    if address is not None and (problem := _wrong_address(provider, address, sign_in)):
        problems["address"] = problem
    if not name.strip():
        problems["name"] = N_("Enter a name.")
    elif len(name.strip()) > LONGEST_NAME:
        problems["name"] = N_("Please keep this under 200 characters.")
    if provider not in PROVIDERS or (sign_in is not None and sign_in.provider != provider):
        problems["provider"] = N_("Choose where the calendar is.")
    if detail is not None and detail not in DETAILS:
        problems["detail"] = N_("Choose how much the calendar may tell.")
    if detail is None and provider != "embedded" and address is not None:
        problems["detail"] = N_("Choose how much the calendar may tell: what it shows leaves the clinic.")
    if foreign_blocks is not None and foreign_blocks not in FOREIGN_BLOCKS:
        problems["foreign_blocks"] = N_("Choose whose time other events take.")
    if problems:
        raise BadFields(problems)
    told = {"name": name.strip(), "detail": detail, "foreign_blocks": foreign_blocks}
    return {field: value for field, value in told.items() if value is not None}


def checked_choices(name: str, provider: str, detail: str | None) -> None:
    """Refuse with BadFields what a new calendar at an outside vendor would be refused for, apart from its address."""
    problems: dict[str, str] = {}
    try:
        checked(name, provider, detail, None)
    except BadFields as error:
        problems = error.problems
    if detail is None:
        problems["detail"] = N_("Choose how much the calendar may tell: what it shows leaves the clinic.")
    if problems:
        raise BadFields(problems)


def add_calendar(
    connection: Connection,
    provider: str,
    address: str,
    values: Mapping[str, Any],
    sign_in: CalendarConnection | None = None,
) -> str:
    """Write a new calendar down; its id. BadInput where it is connected already."""
    taken = set(connection.execute(select(calendars.c.calendar_id)).scalars())
    known = {"provider": provider, "connection_id": None if sign_in is None else sign_in.connection_id, **values}
    if provider == "caldav" and sign_in is not None:
        # Two servers may both have a calendar of this name, so its id here need not be its name there.
        number, known["address"] = slug_of(collection_name(address), taken), address
        again = select(calendars.c.calendar_id).where(calendars.c.address == address)
        if connection.execute(again).first() is not None:
            raise _connected_already()
    else:
        number = _ADDRESSES[provider](address) if provider in _ADDRESSES else slug_of(known["name"], taken)
    if number.lower() in {one.lower() for one in taken}:
        raise _connected_already()
    connection.execute(insert(calendars).values(calendar_id=number, **known))
    return number


def change_sign_in(
    connection: Connection, calendar: ClinicCalendar, provider: str, sign_in: CalendarConnection | None, now: datetime
) -> None:
    """Reach the same calendar in another way; everything is read and sent again, under the same ids, so none is twice.

    Raises BadInput where the other way leads to another calendar.
    """
    same = {calendar.provider, provider} <= SAME_CALENDARS or calendar.provider == provider
    if not same or (sign_in is not None and sign_in.provider != provider):
        raise BadInput(N_("A calendar stays where it is: add another one instead."), "provider")
    if provider == "caldav":
        reached = bool(calendar.address) and sign_in is not None and calendar.address.startswith(sign_in.address)
        if not reached:
            raise BadInput(N_("This calendar is on another server: add another one instead."), "connection")
    this = calendars.c.calendar_id == calendar.calendar_id
    number = None if sign_in is None else sign_in.connection_id
    connection.execute(
        update(calendars).where(this).values(provider=provider, connection_id=number, cursor=None, listed_at=None)
    )
    touch_calendar_links(connection, calendar.calendar_id, now)
    # Without what both sides agreed on, each event is looked for and sent again.
    connection.execute(
        update(calendar_links)
        .where(
            calendar_links.c.calendar_id == calendar.calendar_id,
            calendar_links.c.wanted_revision > calendar_links.c.mirrored_revision,
        )
        .values(content_hash=None)
    )
    revive(connection, this, now)


def _connected_already() -> BadInput:
    return BadInput(N_("This calendar is connected already."), "address")


def _wrong_address(provider: str, address: str, sign_in: CalendarConnection | None) -> str:
    """What is wrong with the address of a new calendar; nothing for the built-in one, which needs none."""
    if provider == "caldav" and sign_in is not None:
        below = address.startswith(sign_in.address) and address.endswith("/") and address != sign_in.address
        return "" if below else N_("Choose a calendar of this account.")
    try:
        _ADDRESSES.get(provider, str)(address)
    except BadInput as error:
        return str(error)
    return ""
