"""How CalDAV servers tell what changed, and what each answer means; requirements of RFC 4791 and 6578."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from core.calendars.caldav import CalDAVCalendar
from core.calendars.calendar import (
    CalendarError,
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    CursorExpired,
    Event,
    ReconnectNeeded,
    Window,
)
from core.calendars.dav_names import address_of, event_id_of
from core.calendars.embedded import EmbeddedServer
from core.calendars.vevent import to_ical
from core.domain.timespan import Timespan
from tests.calendars.by_caldav import ByCalDAV, somebody_at
from tests.calendars.providers import clock
from tests.calendars.scripted import THERE, Answer, Script, scripted

STARTS = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
SPAN = Timespan(STARTS, STARTS + timedelta(minutes=30))
EVENT = Event("0123456789abcdef", "Appointment: Jane Roe", "", SPAN.start, SPAN.end, "Europe/London", "10")
WINDOW = Window(Timespan(STARTS - timedelta(days=30), STARTS + timedelta(days=30)), "Europe/London")
HOME = "/jane@example.com/clinic/"
KNOWN = "token:https://example.com/1"
SYNC_ERROR = b'<d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>'


def multi_status(*responses: str, token: str = "") -> Answer:
    told = f"<d:sync-token>{token}</d:sync-token>" if token else ""
    space = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
    return Answer(207, f"<d:multistatus {space}>{''.join(responses)}{told}</d:multistatus>".encode())


def found(name: str, properties: str) -> str:
    return (
        f"<d:response><d:href>{HOME}{name}</d:href><d:propstat><d:prop>{properties}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


def changed(name: str, etag: str = "1") -> str:
    return found(name, f'<d:getetag>"{etag}"</d:getetag><d:resourcetype/>')


def content(name: str, event: Event = EVENT, etag: str = "1") -> str:
    data = to_ical(event, clock()).decode()
    return found(name, f'<d:getetag>"{etag}"</d:getetag><c:calendar-data>{data}</c:calendar-data>')


def without(name: str, status: str = "404 Not Found") -> str:
    return f"<d:response><d:href>{HOME}{name}</d:href><d:status>HTTP/1.1 {status}</d:status></d:response>"


ITSELF = found("", "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>")
MORE = without("", "507 Insufficient Storage")


def connect(script: Script) -> CalDAVCalendar:
    return CalDAVCalendar(script.url, "jane@example.com", "secret", clock, timeout=5)


def methods(script: Script) -> list[str]:
    return [asked[0] for asked in script.asked]


def test_changes_are_told_with_their_contents_and_deletions_by_id() -> None:
    answers = [multi_status(changed("a.ics"), without("b%20c.ics"), token="2"), multi_status(content("a.ics"))]
    with scripted(REPORT=answers) as script:
        changes = connect(script).changes(KNOWN, WINDOW)
    assert [(one.event_id, one.cancelled, one.spans) for one in changes.events] == [
        ("a", False, (SPAN,)),
        ("b c", True, ()),
    ]
    assert (changes.cursor, changes.complete) == ("token:2", False)
    first, second = script.asked
    assert b"<d:sync-token>https://example.com/1</d:sync-token>" in first[3]
    assert f"<d:href>{HOME}a.ics</d:href>".encode() in second[3]


def test_an_answer_that_is_cut_short_goes_on_from_its_token() -> None:
    answers = [
        multi_status(changed("a.ics"), changed("b.ics"), MORE, token="2"),
        multi_status(without("a.ics"), changed("c.ics"), MORE, token="3"),
        multi_status(token="4"),
        multi_status(content("c.ics"), content("b.ics")),
    ]
    with scripted(REPORT=answers) as script:
        changes = connect(script).changes(None, WINDOW)
    assert [one.event_id for one in changes.events] == ["c", "b"]
    assert (changes.cursor, changes.complete) == ("token:4", True)
    assert len(script.asked) == 4


def test_what_went_between_the_two_requests_is_gone() -> None:
    with scripted(REPORT=[multi_status(changed("a.ics"), token="2"), multi_status(without("a.ics"))]) as script:
        (only,) = connect(script).changes(KNOWN, WINDOW).events
    assert (only.event_id, only.cancelled) == ("a", True)


def test_collections_inside_and_the_calendar_itself_are_no_events() -> None:
    inner = found("inbox/", "<d:getetag>1</d:getetag><d:resourcetype><d:collection/></d:resourcetype>")
    with scripted(REPORT=multi_status(ITSELF, inner, token="2")) as script:
        assert connect(script).changes(None, WINDOW).events == ()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, SYNC_ERROR),
        Answer(409, SYNC_ERROR),
        Answer(400),
        Answer(412),
        Answer(410),
        Answer(507),
        Answer(501),
        multi_status(),  # no token: the server does not know such a report
    ],
)
def test_a_token_that_is_not_taken_has_expired(answer: Answer) -> None:
    with scripted(REPORT=answer, PROPFIND=THERE) as script, pytest.raises(CursorExpired):
        connect(script).changes(KNOWN, WINDOW)


@pytest.mark.parametrize("cursor", ["", "page 2", "etags:x", "etags:eJw="])
def test_a_cursor_that_is_not_ours_has_expired(cursor: str) -> None:
    with scripted(PROPFIND=THERE) as script, pytest.raises(CursorExpired):
        connect(script).changes(cursor, WINDOW)


FAILURES: list[tuple[Sequence[Answer], type[CalendarError]]] = [
    ([Answer(401)], ReconnectNeeded),
    ([Answer(429)], CalendarUnreachable),
    ([Answer(500)], CalendarUnreachable),
    ([Answer(301, headers={"Location": "https://elsewhere.example.com/"})], CalendarRefused),
    ([Answer(200, b"<html>Please sign in</html>")], CalendarUnreachable),
    ([Answer(207, b"<html>portal")], CalendarUnreachable),
    ([Answer(207, b"<html/>")], CalendarUnreachable),
    ([Answer(207, b"")], CalendarUnreachable),
    ([Answer(204)], CalendarUnreachable),
    ([Answer(207, multi_status(token="2").body, missing_bytes=9)], CalendarUnreachable),
    ([multi_status(changed("a.ics"), MORE, token="https://example.com/1")], CalendarUnreachable),  # goes round
    ([multi_status(without("a.ics", "500 Oops"), token="2")], CalendarUnreachable),
    ([multi_status(without("a.ics", ""), token="2")], CalendarUnreachable),
    ([multi_status("<d:response/>", token="2")], CalendarUnreachable),
    ([multi_status(found("a.ics", "<d:resourcetype/>"), token="2")], CalendarRefused),  # no versions of events
    ([multi_status(changed("a.ics"), token="2"), Answer(500)], CalendarUnreachable),
    ([multi_status(changed("a.ics"), token="2"), Answer(403)], CalendarRefused),
    ([multi_status(changed("a.ics"), token="2"), multi_status()], CalendarUnreachable),  # it leaves one out
    ([multi_status(changed("a.ics"), token="2"), multi_status(changed("a.ics"))], CalendarUnreachable),  # no content
    ([multi_status(changed("a.ics"), token="2"), multi_status(without("a.ics", "503 Later"))], CalendarUnreachable),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "meaning"), FAILURES)
def test_nothing_but_a_whole_answer_counts(answers: Sequence[Answer], meaning: type[CalendarError]) -> None:
    with scripted(REPORT=list(answers), PROPFIND=THERE) as script, pytest.raises(CalendarError) as caught:
        connect(script).changes(KNOWN, WINDOW)
    assert type(caught.value) is meaning
    assert "jane" not in str(caught.value).lower()


@pytest.mark.parametrize("cursor", [None, KNOWN])
def test_a_calendar_that_is_gone_is_not_an_empty_one(cursor: str | None) -> None:
    with scripted(REPORT=Answer(404), PROPFIND=Answer(404)) as script:
        with pytest.raises(CalendarMissing):
            connect(script).changes(cursor, WINDOW)
        script.answers["PROPFIND"] = [Answer(503)]
        with pytest.raises(CalendarUnreachable):
            connect(script).changes(cursor, WINDOW)


NO_TOKENS = [Answer(403), Answer(405), Answer(415), Answer(501), Answer(507), multi_status()]


@pytest.mark.parametrize("answer", NO_TOKENS, ids=lambda answer: str(answer.status))
def test_a_server_without_tokens_is_asked_for_its_etags(answer: Answer) -> None:
    listed = [multi_status(ITSELF, changed("a.ics"), changed("b.ics"))]
    asked_first = [] if answer.status == 207 else [THERE]
    with scripted(REPORT=[answer, multi_status(content("a.ics"), content("b.ics"))], PROPFIND=listed) as script:
        script.answers["PROPFIND"] = [*asked_first, *listed]
        everything = connect(script).changes(None, WINDOW)
        assert everything.complete
        assert [one.event_id for one in everything.events] == ["a", "b"]

        script.asked.clear()
        same = connect(script).changes(everything.cursor, WINDOW)
        assert (same.events, same.cursor, same.complete) == ((), everything.cursor, False)
        assert methods(script) == ["PROPFIND"]

        script.answers["PROPFIND"] = [multi_status(ITSELF, changed("b.ics", "2"), changed("c.ics"))]
        script.answers["REPORT"] = [multi_status(content("b.ics", etag="2"), content("c.ics"))]
        later = connect(script).changes(same.cursor, WINDOW)
        assert [(one.event_id, one.etag, one.cancelled) for one in later.events] == [
            ("b", '"2"', False),
            ("c", '"1"', False),
            ("a", "", True),
        ]


@pytest.mark.parametrize(
    "answer", [multi_status(), multi_status(changed("a.ics")), Answer(200, b"<html/>"), Answer(207, b"x")]
)
def test_a_list_without_the_calendar_itself_is_not_a_calendars(answer: Answer) -> None:
    with scripted(PROPFIND=[multi_status(ITSELF)], REPORT=multi_status()) as script:
        empty = connect(script).changes(None, WINDOW)
        assert empty.events == ()
        script.answers["PROPFIND"] = [answer]
        with pytest.raises(CalendarUnreachable):
            connect(script).changes(empty.cursor, WINDOW)


def test_one_event_that_breaks_its_format_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    broken = "<c:calendar-data>BEGIN:VEVENT\nSUMMARY:Jane Roe\nDTSTART:20261208T090000Z\nDTEND:20261208T093000Z"
    bad = found("bad.ics", f'<d:getetag>"1"</d:getetag>{broken}</c:calendar-data>')
    with scripted(
        REPORT=[multi_status(changed("bad.ics"), changed("a.ics"), token="2"), multi_status(bad, content("a.ics"))]
    ) as script:
        events = connect(script).changes(None, WINDOW).events
    assert [(one.event_id, one.title, one.spans) for one in events] == [
        ("bad", "", (SPAN,)),
        ("a", EVENT.title, (SPAN,)),
    ]
    (logged,) = [record.msg for record in caplog.records if record.levelno == logging.WARNING]
    assert (logged["event"], logged["count"]) == ("events_unreadable", 1)
    assert "Jane" not in str(logged)


def of_owner(inner: str) -> Answer:
    return multi_status(found("", inner))


DECLINED = "ATTENDEE;PARTSTAT=DECLINED:mailto:Anna@Example.com\nTRANSP"
OWNER = of_owner("<d:owner><d:href>https://elsewhere.example.com/people/anna/</d:href></d:owner>")
HER_ADDRESSES = of_owner(
    "<c:calendar-user-address-set><d:href>/people/anna/</d:href><d:href>mailto:anna@example.com</d:href>"
    "</c:calendar-user-address-set>"
)


@pytest.mark.parametrize(
    ("answers", "asked", "spans"),
    [
        ([OWNER, HER_ADDRESSES], ["/people/anna/"], 0),
        ([OWNER, of_owner("")], ["/people/anna/"], 1),  # then jane@example.com, who reads, is all we know
        ([of_owner("<d:owner/>")], [], 1),
        ([Answer(403)], [], 1),
        ([Answer(503)], [], 1),
    ],
)
def test_an_invitation_that_the_owner_declined_takes_no_time(
    answers: list[Answer], asked: list[str], spans: int
) -> None:
    declined = content("a.ics").replace("TRANSP", DECLINED)
    listed = [multi_status(changed("a.ics"), token="2"), multi_status(declined)]
    with scripted(REPORT=listed * 2, PROPFIND=list(answers)) as script:
        calendar = connect(script)
        for _ in range(2):
            (event,) = calendar.changes(None, WINDOW).events
            assert len(event.spans) == spans
        questions = [path for method, path, *_ in script.asked if method == "PROPFIND"]
    answered = answers[0].status != 503
    assert questions == ([HOME, *asked] if answered else [HOME, HOME])  # a failure is no answer


@pytest.mark.parametrize(
    "name",
    [
        "0123456789abcdef.ics",
        "foo@example.com.ics",
        "a b+c.ics",
        "50%.ics",
        "Zoë.ics",
        "x.ics.ics",
        "bare",
        "{A-1}.ICS",
    ],
)
def test_a_resources_name_and_an_id_are_made_of_each_other(name: str) -> None:
    event_id = event_id_of(f"https://example.com/clinic/{quote(name)}")
    assert event_id == event_id_of(f"/clinic/{quote(name, safe='')}")
    assert unquote(address_of("https://example.com/clinic/", event_id)) == f"https://example.com/clinic/{name}"
    assert event_id_of(address_of("/clinic/", event_id)) == event_id


def test_an_event_of_an_odd_name_is_read_and_removed_by_its_id(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "calendar")
    calendar = server.calendar("clinic", "Clinic", clock)
    with somebody_at(server, calendar, "clinic") as somebody:
        assert isinstance(somebody, ByCalDAV)
        somebody.put("DTSTART:20261208T090000Z", "DTEND:20261208T093000Z")
    (theirs,) = calendar.changes(None, WINDOW).events
    assert "@" in theirs.event_id
    assert calendar.fetch(theirs.event_id) == replace(theirs, spans=())
    calendar.delete(theirs.event_id, theirs.etag)
    assert calendar.changes(None, WINDOW).events == ()
    server.stop()
