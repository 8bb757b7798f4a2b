"""Whatever goes wrong, no log line holds a word that a patient wrote."""

import json
import logging
import subprocess
import sys
from dataclasses import replace
from io import StringIO

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from core.bootstrap import build
from core.calendars.calendar import Calendar, CalendarRefused
from core.calendars.rates import Rates
from core.calendars.sync import CalendarSync
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.scheduler.store import Store
from core.settings import Settings
from core.telemetry import logs
from core.telemetry.unexpected import report
from core.worker import Worker
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import make_clinic

NAME, EMAIL, REASON = "Jane Smith", "jane.smith@example.com", "Dizzy since Monday"
SECRETS = (NAME, EMAIL, REASON, "Jane", "Dizzy")


def nothing_of_her(text: str) -> None:
    assert not [secret for secret in SECRETS if secret in text]


class BrokenSync:
    def __init__(self, clock: HandClock) -> None:
        self.rates = Rates(clock)

    def pushing(self) -> "BrokenSync":
        return self

    def turn(self) -> None:
        raise RuntimeError(f"For {NAME}: {REASON}")


class TalkativeCalendars:
    """What a vendor answers may quote the event that it refuses."""

    def calendar(self, provider: str, calendar_id: str, name: str) -> Calendar:
        raise CalendarRefused(f"{provider} can't take {NAME} <{EMAIL}> in {calendar_id} {name}")


def refused_by_the_driver(store: Store, clock: HandClock) -> IntegrityError:
    twice = insert(tables.users).values(user_id=1, name=NAME, email=EMAIL, created_at=clock())
    store.write(lambda connection: connection.execute(twice) and None)
    with pytest.raises(IntegrityError) as refused, store.engine.begin() as connection:
        connection.execute(twice)
    assert EMAIL in str(refused.value)
    return refused.value


def test_a_drivers_error_is_told_by_its_type_and_the_lines_of_code_but_not_by_its_values(
    lines: StringIO, store: Store, clock: HandClock
) -> None:
    error = refused_by_the_driver(store, clock)
    reference = report(error, "page")
    logging.getLogger("sqlalchemy.pool").error("Exception during reset or similar", exc_info=error)
    logging.getLogger("streamlit.somewhere").warning(error)
    logging.getLogger("streamlit.somewhere").warning("It failed: %s", error)
    told = lines.getvalue()
    assert reference in told
    assert "IntegrityError from " in told
    assert "connection.execute(twice)" in told
    assert "Exception during reset or similar" in told
    assert "It failed: IntegrityError" in told
    nothing_of_her(told)


def test_of_other_programs_stay_the_words_of_their_code_and_numbers(lines: StringIO) -> None:
    uvicorn = logging.getLogger("uvicorn.access.test")
    uvicorn.info('%s - "%s %s HTTP/%s" %d', "10.0.0.1:5", "GET", f"/book?reason={REASON}", "1.1", 200)
    uvicorn.warning(f"Widget of {NAME} is gone")
    uvicorn.warning("Widget of " + NAME)
    uvicorn.warning("%(who)s waited %(seconds).1f s", {"who": NAME, "seconds": 2.5})
    uvicorn.warning("Finished server process [%d]", 4711, stack_info=True, extra={"patient": NAME})
    told = lines.getvalue()
    assert told.count("\n") == 5
    assert f'HTTP/…{chr(92) if "event" in told.split()[0] else ""}" 200' in told.replace("\\u2026", "…")
    assert told.count(logs.WITHHELD) == 2
    assert "waited 2.5 s" in told
    assert "Finished server process [4711]" in told
    nothing_of_her(told)


def test_a_broken_pass_of_the_worker_and_a_talkative_calendar_tell_nothing(
    lines: StringIO, sqlite_url: str, sqlite_store: Store, clock: HandClock
) -> None:
    app = build(Settings(database_url=sqlite_url, environment="development"), clock)
    clinic = make_clinic(sqlite_store, clock)
    starts = clock.now.replace(day=8, hour=9)
    booked = app.scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, starts, REASON))
    talkative = CalendarSync(app.links, TalkativeCalendars(), clock)
    assert NAME in talkative.sync_appointment(clinic["patient"], booked.appointment_id).sentence
    worker = Worker(replace(app, sync=BrokenSync(clock)))
    worker._guarded(worker.run_once)
    app.close()
    told = lines.getvalue()
    assert "push_failed" in told
    assert "refused" in told
    assert "worker" in told
    assert "RuntimeError" in told
    nothing_of_her(told)


def test_lines_carry_the_request_that_they_belong_to(lines: StringIO) -> None:
    with logs.context(request="5f0c", route="auth"):
        logs.get("test").warning("something_happened", number=7)
        logging.getLogger("other").warning("Said by another")
    ours, theirs = lines.getvalue().splitlines()
    for line in (ours, theirs):
        assert "5f0c" in line
        assert "auth" in line
    assert "something_happened" in ours
    assert "Said by another" in theirs


PROGRAM = """
import logging, sys, threading, warnings
from core.telemetry import logs
other = logging.getLogger("other")
other.addHandler(logging.StreamHandler())
other.setLevel("DEBUG")
logs.configure(json=True, level="info")
who = "Jane Smith"
other.info("not shown")
other.warning("shown once")
logs.get("part").debug("not shown either")
logs.get("part").info("part_began")
other.warning("%d of them", who)
warnings.warn(who, stacklevel=1)
def fail():
    raise ValueError(who)
thread = threading.Thread(target=fail)
thread.start()
thread.join()
class Unraisable:
    def __del__(self):
        raise KeyError(who)
Unraisable()
fail()
"""


def test_a_process_says_everything_in_json_and_nothing_past_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    nothing_of_her(done.stderr)
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in told if line["logger"] == "other"] == ["shown once", "%d of them"]
    assert [line["event"] for line in told if line["logger"] == "careslot.part"] == ["part_began"]
    uncaught = [line for line in told if line["logger"] == "careslot.uncaught"]
    assert [line["error"] for line in uncaught] == ["ValueError", "KeyError", "ValueError"]
    assert all(line["at"].endswith("Z") and line["level"] for line in told)
