"""The built-in server's folder with many events of somebody else's in it, made once and kept for the day."""

import re
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import requests
from radicale import config, storage
from radicale.item import Item

from bench.data import Context
from core.calendars.caldav_changes import SYNC
from core.calendars.embedded import USERNAME

SLUG = "measured"
_KINDS = (".", ".Radicale.cache/item", ".Radicale.cache/history")  # the server keeps three files for an event
_EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//Else//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20260101T000000Z
SUMMARY:Busy
DTSTART:{starts:%Y%m%dT%H%M%SZ}
DTEND:{ends:%Y%m%dT%H%M%SZ}
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


@dataclass(frozen=True)
class RadicaleFolder:
    """A data folder whose built-in server holds these events in one calendar, by id."""

    path: Path
    slug: str
    spans: dict[str, tuple[datetime, datetime]]

    @property
    def _shelf(self) -> Path:
        return self.path / "calendar" / "collections" / "collection-root" / USERNAME

    @contextmanager
    def emptied(self) -> Iterator[None]:
        """For as long as the block lasts the calendar is a new one; what comes into it stays.

        The server compares each new event with all others, which takes it a second at ten thousand.
        """
        calendar, aside = self._shelf / SLUG, self._shelf / f"{SLUG}-aside"
        if aside.exists():  # a run was broken off
            shutil.rmtree(calendar, ignore_errors=True)
        else:
            calendar.rename(aside)
        yield
        for kind in _KINDS:
            for file in (calendar / kind).iterdir():
                if file.is_file() and not file.name.startswith("."):
                    file.rename(aside / kind / file.name)
        shutil.rmtree(calendar)
        aside.rename(calendar)

    def remove(self, event_ids: Iterable[str]) -> None:
        """Take events out again, so that the next run finds what this one found."""
        for event_id in event_ids:
            for kind in _KINDS:
                (self._shelf / SLUG / kind / f"{event_id}.ics").unlink(missing_ok=True)

    def token(self, url: str, password: str) -> str:
        """The server's sync token of now."""
        answer = requests.request("REPORT", url, data=SYNC.format(token=""), auth=(USERNAME, password), timeout=60)
        found = re.search("<sync-token>(.+?)</sync-token>", answer.text)
        if found is None:
            raise AssertionError("the server gives no token")
        return found[1]


def radicale_folder(context: Context, spans: Sequence[tuple[datetime, datetime]]) -> RadicaleFolder:
    """Filled by the server's own code, but without waiting for the disk at each of its three files for an event."""
    path = context.folder / f"{context.now:%Y-%m-%d}-radicale-{len(spans)}"
    named = {f"busy{number}": span for number, span in enumerate(spans)}
    if not path.exists():
        started = perf_counter()
        draft = context.folder / uuid.uuid4().hex[:8]
        try:
            _fill(draft / "calendar" / "collections", named)
            draft.rename(path)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        context.say(f"filled the built-in server with {len(spans):,} events in {perf_counter() - started:.0f} s")
    return RadicaleFolder(path, SLUG, named)


def _fill(folder: Path, named: dict[str, tuple[datetime, datetime]]) -> None:
    folder.mkdir(parents=True)
    known = config.load()
    known.update({"storage": {"filesystem_folder": str(folder), "_filesystem_fsync": False}}, "bench", privileged=True)
    shelf = storage.load(known)
    with shelf.acquire_lock("w"):
        shelf.create_collection(f"/{USERNAME}/", props={})
        shelf.create_collection(f"/{USERNAME}/{SLUG}/", [_item(*one) for one in named.items()], {"tag": "VCALENDAR"})
        made = next(iter(shelf.discover(f"/{USERNAME}/{SLUG}/")))
        made.sync()


def _item(event_id: str, span: tuple[datetime, datetime]) -> Item:
    """As the server would read it, without the millisecond that reading takes."""
    text = _EVENT.format(uid=event_id, starts=span[0], ends=span[1])
    return Item(
        collection_path=f"{USERNAME}/{SLUG}",
        href=f"{event_id}.ics",
        uid=event_id,
        text=text,
        name="VCALENDAR",
        component_name="VEVENT",
        time_range=(int(span[0].timestamp()), int(span[1].timestamp())),
    )


@dataclass
class Counted:
    """How many requests went out."""

    total: int = 0


@contextmanager
def counted_requests() -> Iterator[Counted]:
    """Count what the `requests` library sends while the block lasts."""
    counted, send = Counted(), requests.Session.send

    def counting(session: requests.Session, *given: Any, **named: Any) -> requests.Response:
        counted.total += 1
        return send(session, *given, **named)

    requests.Session.send = counting  # type: ignore[method-assign]
    try:
        yield counted
    finally:
        requests.Session.send = send  # type: ignore[method-assign]
