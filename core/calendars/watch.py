"""CalendarWatch: keeps vendors calling when a calendar changes, where they can reach the clinic."""

from datetime import datetime, timedelta
from typing import Protocol, cast

from core.calendars.calendar import Calendar, CalendarError, CalendarUnreachable, Watchable
from core.domain.clock import Clock
from core.scheduler.channels import CalendarChannels, NewChannel, OpenChannel
from core.telemetry import logs

NOTIFICATIONS = "/google/notifications"
CALLING = frozenset({"google", "pipedream"})
LOOK_EVERY = timedelta(minutes=1)
TRY_AGAIN = timedelta(minutes=15)
_log = logs.get("calendars")


class SignIns(Protocol):
    """Where calendars are found, also those that are not the clinic's any more."""

    def calendar(self, provider: str, calendar_id: str, name: str) -> Calendar:
        """The clinic's calendar with this id; raises a CalendarError where it can't be reached."""

    def former(self, provider: str, calendar_id: str, connection_id: int | None) -> Calendar:
        """A calendar by the sign-in that it once had; raises a CalendarError where that is gone."""


class CalendarWatch:
    """Opens channels, renews them before they end, and ends those that nobody needs. Without them calendars are polled.

    `public_url` is the address under which vendors reach the clinic; without https they call nobody.
    """

    def __init__(self, channels: CalendarChannels, calendars: SignIns, public_url: str, clock: Clock) -> None:
        self._channels = channels
        self._calendars = calendars
        reachable = public_url.startswith("https://")
        self._address = f"{public_url.rstrip('/')}{NOTIFICATIONS}"
        self._providers = CALLING if reachable else frozenset()
        self._clock = clock
        self._look_at: datetime | None = None
        self._failed: dict[str, datetime] = {}  # calendars and channels that are left alone until then

    def run_due(self) -> int:
        """Open and end what has to be, looking once a minute; how many channels that were."""
        now = self._clock()
        if self._look_at is not None and now < self._look_at:
            return 0
        self._look_at = now + LOOK_EVERY
        self._failed = {name: until for name, until in self._failed.items() if until > now}
        done = sum(self._open_all(provider) for provider in sorted(self._providers))
        for channel in self._channels.superfluous(self._providers):
            if channel.channel_id not in self._failed:
                done += self._end(channel)
        return done

    def _open_all(self, provider: str) -> int:
        done = 0
        while (begun := self._channels.begin(provider, but=frozenset(self._failed))) is not None:
            done += self._open(begun)
        return done

    def _open(self, begun: NewChannel) -> bool:
        try:
            calendar = cast("Watchable", self._calendars.calendar(begun.provider, begun.calendar_id, begun.name))
            channel = calendar.watch(begun.channel_id, begun.token, self._address)
        except CalendarError as error:
            self._channels.failed(begun.channel_id)
            self._leave_alone(begun.calendar_id)
            _log.warning("channel_not_opened", provider=begun.provider, outcome=error.kind)
            return False
        self._channels.opened(begun.channel_id, channel.resource_id, channel.expires_at)
        _log.info("channel_opened", provider=begun.provider)
        return True

    def _end(self, channel: OpenChannel) -> bool:
        try:
            calendar = self._calendars.former(channel.provider, channel.calendar_id, channel.connection_id)
            cast("Watchable", calendar).unwatch(channel.channel_id, channel.resource_id)
        except CalendarUnreachable as error:
            self._leave_alone(channel.channel_id)
            _log.warning("channel_not_ended", provider=channel.provider, outcome=error.kind)
            return False
        except CalendarError as error:  # without its sign-in nobody can end it: it ends by itself
            _log.warning("channel_given_up", provider=channel.provider, outcome=error.kind)
        self._channels.stopped(channel.channel_id)
        return True

    def _leave_alone(self, name: str) -> None:
        self._failed[name] = self._clock() + TRY_AGAIN
