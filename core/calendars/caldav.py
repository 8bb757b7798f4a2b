"""A calendar on a CalDAV server (RFC 4791): the embedded one, Nextcloud, iCloud, Fastmail and their like."""

import requests

from core.calendars.caldav_changes import read_changes
from core.calendars.calendar import (
    CalendarError,
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    Changes,
    Event,
    EventChanged,
    EventExists,
    EventGone,
    FoundEvent,
    Health,
    ReconnectNeeded,
    Window,
    unwell,
)
from core.calendars.dav import CHECK_ADDRESS, Answer, Dav, safe_address
from core.calendars.dav_collection import (
    ABSENT,
    ASK_FOR_THE_RIGHT,
    MULTI_STATUS,
    D,
    confirm,
    refusal,
)
from core.calendars.dav_names import address_of
from core.calendars.dav_owner import Owner
from core.calendars.vevent import from_ical, to_ical
from core.domain.clock import Clock
from core.domain.words import N_

PRECONDITION_FAILED = 412
ICALENDAR = "text/calendar; charset=utf-8; component=VEVENT"
WRITING = frozenset({f"{D}all", f"{D}write", f"{D}write-content", f"{D}bind"})


class CalDAVCalendar:
    """One calendar collection; an event stands at `<collection>/<event_id>.ics`.

    `url` is the collection's address, https unless on this machine; `timeout` is in seconds; with `public`
    no private network is spoken to. Safe to share by threads.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        clock: Clock,
        session: requests.Session | None = None,
        timeout: float = 10,
        *,
        public: bool = False,
    ) -> None:
        self.url = safe_address(url)
        self._clock = clock
        self._dav = Dav(username, password, clock, session, timeout, public=public)
        self._owner = Owner(self._dav, self.url, username)

    def fetch(self, event_id: str) -> FoundEvent | None:
        """The event, or None where the calendar stands and the event does not; CalDAV servers keep no tombstones."""
        answer = self._dav.exchange("GET", self._href(event_id))
        if answer.status_code in ABSENT:
            self._confirm_calendar()
            return None
        if answer.status_code != requests.codes.ok:
            raise refusal(answer.status_code)
        try:
            return from_ical(answer.content, event_id, _etag(answer))
        except ValueError:
            raise CalendarUnreachable("the answer is not an event") from None

    def create(self, event: Event) -> str:
        """Put the event where nothing stands yet, and return its etag."""
        answer = self._put(event, {"If-None-Match": "*"})
        if answer.ok:
            return self._etag_of_ours(answer, event)
        if answer.status_code == PRECONDITION_FAILED or _uid_is_taken(answer):
            raise EventExists
        self._confirm_calendar()
        raise refusal(answer.status_code)

    def update(self, event: Event, etag: str) -> str:
        """Replace the event that bears this etag, and return the new one."""
        answer = self._put(event, {"If-Match": etag})
        if answer.ok:
            return self._etag_of_ours(answer, event)
        if answer.status_code == PRECONDITION_FAILED:
            # RFC 9110 §13.1.1: an absent event fails If-Match as well as a changed one.
            raise EventGone if self.fetch(event.event_id) is None else EventChanged
        self._confirm_calendar()
        raise EventGone if answer.status_code in ABSENT else refusal(answer.status_code)

    def delete(self, event_id: str, etag: str | None = None) -> None:
        """Delete the event; one already gone is no error, a calendar that is gone is."""
        answer = self._dav.exchange("DELETE", self._href(event_id), headers={"If-Match": etag} if etag else None)
        if answer.ok and answer.status_code != MULTI_STATUS:
            return
        if answer.status_code == PRECONDITION_FAILED:
            if self.fetch(event_id) is None:
                return
            raise EventChanged
        self._confirm_calendar()
        if answer.status_code not in ABSENT:
            raise refusal(answer.status_code)

    def changes(self, cursor: str | None, window: Window) -> Changes:
        """All events, or those changed since the cursor; what is unreadable or unusual is told as `told_event` says."""
        return read_changes(self._dav, self.url, cursor, window, self._owner.addresses)

    def health(self) -> Health:
        """Whether the collection answers, is a calendar, and may be written by this user."""
        try:
            privileges = self._confirm_calendar()
        except CalendarError as error:
            return unwell(error, _cure(error))
        if privileges is not None and not privileges & WRITING:
            return Health(ok=False, detail=N_("The calendar can only be read."), cure=ASK_FOR_THE_RIGHT)
        return Health(ok=True)

    def _href(self, event_id: str) -> str:
        return address_of(self.url, event_id)

    def _put(self, event: Event, condition: dict[str, str]) -> Answer:
        body = to_ical(event, self._clock())
        return self._dav.exchange("PUT", self._href(event.event_id), body, {"Content-Type": ICALENDAR, **condition})

    def _etag_of_ours(self, answer: Answer, event: Event) -> str:
        """The etag of what we wrote; where the server gives none it is read back, and must still be ours."""
        if "ETag" in answer.headers:
            return _etag(answer)
        found = self.fetch(event.event_id)
        if found is None:
            raise EventGone
        ours = from_ical(to_ical(event, self._clock()), event.event_id, found.etag)
        if (found.title, found.starts_at, found.ends_at) != (ours.title, ours.starts_at, ours.ends_at):
            raise EventChanged
        return found.etag

    def _confirm_calendar(self) -> frozenset[str] | None:
        """The privileges we hold on the calendar, None where the server does not tell; CalendarMissing if it is gone.

        Asked after every 404 of an event, so that a vanished calendar is never read as a deleted event.
        """
        granted = confirm(self._dav, self.url).find(f".//{D}current-user-privilege-set")
        return None if granted is None else frozenset(kind.tag for kind in granted.findall(f"{D}privilege/*"))


def _etag(answer: Answer) -> str:
    etag = answer.headers.get("ETag", "")
    if not etag:
        raise CalendarRefused(N_("its server tells no versions of events (RFC 4791 asks for them)"), CHECK_ADDRESS)
    # If-Match compares strongly: proxies that mark an etag as weak would make every write fail.
    return etag.removeprefix("W/")


def _uid_is_taken(answer: Answer) -> bool:
    """RFC 4791 §5.3.2.1 has an element for it; Nextcloud says it in words, also for events in its waste bin."""
    said = answer.content.decode(errors="replace").lower()
    return "no-uid-conflict" in said or "uid already exists" in said


def _cure(error: CalendarError) -> str:
    if isinstance(error, ReconnectNeeded):
        return N_("Set the calendar's user name and password again.")
    if isinstance(error, CalendarMissing):
        return N_("Check its address and who it is shared with.")
    return N_("Nothing to do: CareSlot keeps trying. If it lasts, check the network and the calendar's address.")
