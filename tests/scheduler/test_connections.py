"""Connections: whose they are, what stands in the database of them, and what follows when one is signed in anew."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from core.calendars.seal import CalendarKeyMissing, Seal, new_key
from core.domain.errors import BadFields, BadInput, NotFound
from core.domain.principal import NotAllowed, Principal, SignInNeeded
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.clinic_calendars import ClinicCalendars
from core.scheduler.connections import AnotherAccount, ConnectionInUse, Connections
from core.scheduler.consents import ConsentElsewhere, ConsentLate, Consents, ConsentUnknown
from core.scheduler.links import CalendarLinks
from core.scheduler.own_calendar import OwnCalendar
from core.scheduler.store import Store
from core.scheduler.stored_sign_ins import StoredSignIns
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
SECRET = {"refresh_token": "1//a-token-of-theirs"}
ADDRESS = "clinic@example.com"


@pytest.fixture
def connections(store: Store, clock: HandClock) -> Connections:
    return Connections(store, clock, Seal(new_key()))


@pytest.fixture
def calendars(store: Store, clock: HandClock) -> ClinicCalendars:
    return ClinicCalendars(store, clock)


@pytest.fixture
def consents(store: Store, clock: HandClock) -> Consents:
    return Consents(store, clock)


def add(connections: Connections, who: Principal, account: str = ADDRESS, secret: Mapping[str, str] = SECRET) -> int:
    return connections.add(who, provider="google", kind="oauth", name=account, account=account, secret=secret)


def add_caldav(connections: Connections, who: Principal, home: str = "https://cloud.example.com/jane/") -> int:
    secret = {"password": "secret of hers"}
    return connections.add(
        who, provider="caldav", kind="password", name="jane", account="jane", address=home, secret=secret
    )


def audited(store: Store) -> list[tuple[str, str]]:
    log = tables.audit_log
    query = select(log.c.action, log.c.subject).order_by(log.c.audit_id)
    return [tuple(row) for row in store.read(lambda connection: connection.execute(query).all())]  # type: ignore[misc]


def test_a_managers_connection_is_the_clinics_and_its_secret_is_sealed(
    store: Store, connections: Connections, clinic: MadeClinic
) -> None:
    number = add(connections, clinic["manager"])
    (found,) = connections.list(clinic["manager"])
    assert (found.connection_id, found.provider, found.kind, found.account) == (number, "google", "oauth", ADDRESS)
    assert (found.owner_id, found.owner, found.calendars, found.needs_sign_in) == (None, "", 0, False)
    stored = StoredSignIns(store).of_number(number)
    assert stored is not None
    assert "token" not in stored.sealed
    assert stored.sealed not in repr(stored)
    assert audited(store) == [("add_connection", f"connection {number}")]


def test_without_a_key_nothing_is_stored(store: Store, clock: HandClock, clinic: MadeClinic) -> None:
    connections = Connections(store, clock, Seal(""))
    with pytest.raises(CalendarKeyMissing):
        add(connections, clinic["manager"])
    assert connections.list(clinic["manager"]) == ()


@pytest.mark.parametrize("name", ["patient", "reception"])
def test_others_may_not_connect(connections: Connections, clinic: MadeClinic, name: str) -> None:
    with pytest.raises(NotAllowed):
        add(connections, clinic[name])
    with pytest.raises(NotAllowed):
        connections.list(clinic[name])


def test_nobody_unknown_may_connect(connections: Connections, clinic: MadeClinic) -> None:
    with pytest.raises(SignInNeeded):
        add(connections, clinic.visitor)


def test_a_doctor_keeps_their_own_and_sees_no_other(connections: Connections, clinic: MadeClinic) -> None:
    ours = add(connections, clinic["manager"])
    own = add(connections, clinic["doctor"], "sarah@example.com")
    assert [one.connection_id for one in connections.list(clinic["doctor"])] == [own]
    assert connections.list(clinic["other_doctor"]) == ()
    assert {one.connection_id: bool(one.owner) for one in connections.list(clinic["manager"])} == {
        ours: False,
        own: True,
    }
    for who, number in (("doctor", ours), ("other_doctor", own), ("manager", own)):
        with pytest.raises(NotAllowed):
            connections.find(clinic[who], number)
        with pytest.raises(NotAllowed):
            connections.renew(clinic[who], number, secret=SECRET, account="x")
    for who, number in (("doctor", ours), ("other_doctor", own)):
        with pytest.raises(NotAllowed):
            connections.remove(clinic[who], number)
    connections.remove(clinic["manager"], own)  # of a doctor who has left
    assert connections.list(clinic["doctor"]) == ()


def test_the_same_account_again_replaces_its_secret(store: Store, connections: Connections, clinic: MadeClinic) -> None:
    number = add(connections, clinic["manager"])
    before = StoredSignIns(store).of_number(number)
    assert add(connections, clinic["manager"], secret={"refresh_token": "another"}) == number
    assert StoredSignIns(store).of_number(number) != before
    assert add(connections, clinic["doctor"]) != number
    assert audited(store)[1] == ("renew_connection", f"connection {number}")


def test_a_name_is_needed(connections: Connections, clinic: MadeClinic) -> None:
    with pytest.raises(BadFields):
        add(connections, clinic["manager"], " ")


def test_a_new_secret_is_of_the_same_account(connections: Connections, clinic: MadeClinic) -> None:
    number = add(connections, clinic["manager"])
    with pytest.raises(AnotherAccount):
        connections.renew(clinic["manager"], number, secret=SECRET, account="other@example.com")
    with pytest.raises(NotFound):
        connections.renew(clinic["manager"], 99, secret=SECRET, account=ADDRESS)


def test_one_that_a_calendar_needs_stays(
    connections: Connections, calendars: ClinicCalendars, clinic: MadeClinic
) -> None:
    number = add(connections, clinic["manager"])
    calendars.save(
        clinic["manager"],
        None,
        name="At Google",
        provider="google",
        address=ADDRESS,
        detail="private",
        connection_id=number,
    )
    assert connections.list(clinic["manager"])[0].calendars == 1
    with pytest.raises(ConnectionInUse, match="At Google"):
        connections.remove(clinic["manager"], number)
    calendars.remove(clinic["manager"], ADDRESS)
    connections.remove(clinic["manager"], number)
    with pytest.raises(NotFound):
        connections.remove(clinic["manager"], number)


def test_a_new_sign_in_lets_everything_go_on_at_once(
    store: Store,
    clock: HandClock,
    connections: Connections,
    calendars: ClinicCalendars,
    scheduler: AppointmentScheduler,
    clinic: MadeClinic,
) -> None:
    manager, links = clinic["manager"], CalendarLinks(store, clock)
    number = add(connections, manager)
    calendars.save(manager, None, name="Ours", provider="google", address=ADDRESS, detail="full", connection_id=number)
    calendars.assign(manager, 1, ADDRESS)
    appointment = scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, NINE)).appointment_id
    links.request(clinic["patient"], appointment)
    (due,) = links.claim(1)
    later = clock() + timedelta(hours=1)
    assert links.record_failure(due, kind="reconnect", sentence="The calendar needs a new sign-in.", retry_at=later)
    assert connections.list(manager)[0].needs_sign_in
    (lost,) = connections.lost(manager)
    assert (lost.connection_id, lost.kind, lost.calendars) == (number, "oauth", ("Ours",))
    assert connections.lost(clinic["doctor"]) == ()  # the clinic's is the manager's to mend
    assert links.claim(1) == []
    connections.renew(manager, number, secret={"refresh_token": "new"}, account=ADDRESS)
    assert connections.lost(manager) == ()
    assert not connections.list(manager)[0].needs_sign_in
    assert len(links.claim(1)) == 1


def test_a_doctor_is_told_of_their_own_calendar(store: Store, connections: Connections, clinic: MadeClinic) -> None:
    number = add(connections, clinic["doctor"])
    values = {"calendar_id": ADDRESS, "name": "Mine", "provider": "google", "pull_error_kind": "reconnect"}
    store.write(lambda connection: connection.execute(insert(tables.calendars).values(connection_id=number, **values)))
    assert [one.calendars for one in connections.lost(clinic["doctor"])] == [("Mine",)]
    assert [one.calendars for one in connections.lost(clinic["manager"])] == [("Mine",)]
    assert connections.lost(clinic["other_doctor"]) == ()


def test_what_a_check_found_is_kept(connections: Connections, clinic: MadeClinic, clock: HandClock) -> None:
    number = add(connections, clinic["manager"])
    connections.record_check(number, ("reconnect", "The calendar needs a new sign-in."))
    assert connections.list(clinic["manager"])[0].needs_sign_in
    connections.record_check(number, None)
    found = connections.list(clinic["manager"])[0]
    assert (found.needs_sign_in, found.well_at) == (False, clock())


class TestCalendars:
    def test_a_calendar_needs_a_connection_of_the_clinics_and_of_its_vendor(
        self, connections: Connections, calendars: ClinicCalendars, clinic: MadeClinic
    ) -> None:
        manager = clinic["manager"]
        own, caldav = add(connections, clinic["doctor"]), add_caldav(connections, manager)
        asked = {"name": "Ours", "provider": "google", "address": ADDRESS, "detail": "full"}
        with pytest.raises(NotAllowed):
            calendars.save(manager, None, **asked, connection_id=own)  # type: ignore[arg-type]
        with pytest.raises(BadFields):
            calendars.save(manager, None, **asked, connection_id=caldav)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            calendars.save(manager, None, **asked, connection_id=99)  # type: ignore[arg-type]

    def test_two_servers_may_have_a_calendar_of_the_same_name(
        self, store: Store, connections: Connections, calendars: ClinicCalendars, clinic: MadeClinic
    ) -> None:
        manager, homes = clinic["manager"], ("https://one.example.com/jane/", "https://two.example.com/jane/")
        numbers = [
            calendars.save(
                manager,
                None,
                name="Jane",
                provider="caldav",
                address=f"{home}personal/",
                detail="full",
                connection_id=add_caldav(connections, manager, home),
            )
            for home in homes
        ]
        assert numbers == ["personal", "personal-2"]
        found = [StoredSignIns(store).of_calendar(number) for number in numbers]
        assert [one.calendar_address for one in found if one] == [f"{home}personal/" for home in homes]

    @pytest.mark.parametrize("address", ["https://elsewhere.example.com/jane/personal/", "personal", ""])
    def test_a_calendar_is_on_its_connections_server(
        self, connections: Connections, calendars: ClinicCalendars, clinic: MadeClinic, address: str
    ) -> None:
        number = add_caldav(connections, clinic["manager"])
        with pytest.raises(BadFields) as refused:
            calendars.save(
                clinic["manager"],
                None,
                name="Jane",
                provider="caldav",
                address=address,
                detail="full",
                connection_id=number,
            )
        assert refused.value.field == "address"

    def test_another_sign_in_reads_and_sends_everything_again_under_the_same_ids(
        self,
        store: Store,
        clock: HandClock,
        connections: Connections,
        calendars: ClinicCalendars,
        scheduler: AppointmentScheduler,
        clinic: MadeClinic,
    ) -> None:
        manager, links = clinic["manager"], CalendarLinks(store, clock)
        calendars.save(manager, None, name="Ours", provider="google", address=ADDRESS, detail="full")
        calendars.assign(manager, 1, ADDRESS)
        appointment = scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, NINE)).appointment_id
        links.request(clinic["patient"], appointment)
        (due,) = links.claim(1)
        links.record_success(due, etag="1", content_hash="a" * 64)
        cursor = update(tables.calendars).where(tables.calendars.c.calendar_id == ADDRESS).values(cursor="old")
        store.write(lambda connection: connection.execute(cursor))
        number = add(connections, manager)
        calendars.sign_in_with(manager, ADDRESS, "google", number)
        (again,) = links.claim(1)
        assert (again.event_id, again.content_hash, again.connection_id) == (due.event_id, None, number)
        query = select(tables.calendars.c.cursor).where(tables.calendars.c.calendar_id == ADDRESS)
        assert store.read(lambda connection: connection.execute(query).scalar()) is None
        calendars.sign_in_with(manager, ADDRESS, "pipedream", None)  # another way to the same calendar
        (again,) = links.claim(1) or [again]
        for provider, connection_id in (
            ("caldav", None),
            ("embedded", None),
            ("google", add_caldav(connections, manager)),
        ):
            with pytest.raises(BadInput):
                calendars.sign_in_with(manager, ADDRESS, provider, connection_id)


class TestOwnCalendar:
    @pytest.fixture
    def own(self, store: Store, clock: HandClock) -> OwnCalendar:
        return OwnCalendar(store, clock)

    def test_a_doctor_uses_their_own_calendar_and_events_follow(
        self,
        store: Store,
        clock: HandClock,
        own: OwnCalendar,
        connections: Connections,
        scheduler: AppointmentScheduler,
        clinic: MadeClinic,
    ) -> None:
        doctor, links = clinic["doctor"], CalendarLinks(store, clock)
        appointment = scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, NINE)).appointment_id
        links.request(clinic["patient"], appointment)
        before = own.mine(doctor)
        assert before is not None
        assert before.calendar_id == "clinic"
        number = add(connections, doctor, "sarah@example.com")
        asked = {"connection_id": number, "address": "sarah@example.com", "name": "Mine"}
        with pytest.raises(BadFields):
            own.connect(doctor, **asked, detail=None)  # type: ignore[arg-type]
        assert own.connect(doctor, **asked, detail="private") == 1  # type: ignore[arg-type]
        mine = own.mine(doctor)
        assert mine is not None
        assert (mine.calendar_id, mine.detail, mine.connection_id) == ("sarah@example.com", "private", number)
        assert {due.calendar_id: due.wanted for due in links.claim(5)} == {"clinic": False, "sarah@example.com": True}
        other = own.mine(clinic["other_doctor"])
        assert other is not None
        assert other.calendar_id == "clinic"
        own.change(doctor, name="Mine", detail="full", auto=True, foreign_blocks="nobody")
        mine = own.mine(doctor)
        assert mine is not None
        assert (mine.detail, mine.auto, mine.foreign_blocks) == ("full", True, "nobody")

    def test_only_with_a_connection_of_their_own(
        self, own: OwnCalendar, connections: Connections, clinic: MadeClinic
    ) -> None:
        for owner in ("manager", "other_doctor"):
            number = add(connections, clinic[owner], f"{owner}@example.com")
            with pytest.raises(NotAllowed):
                own.connect(clinic["doctor"], connection_id=number, address="a@example.com", name="Mine", detail="full")
        with pytest.raises(NotAllowed):
            own.change(clinic["doctor"], name="Ours", detail="private", auto=False, foreign_blocks=None)
        with pytest.raises(NotAllowed):
            own.mine(clinic["manager"])


class TestConsents:
    def test_a_way_is_ended_once_by_who_began_it(self, consents: Consents, clinic: MadeClinic) -> None:
        begun = consents.begin(clinic["manager"], "visit", None)
        assert begun.state not in repr(begun)
        assert begun.verifier not in repr(begun)
        ended = consents.end(clinic["manager"], "visit", begun.state)
        assert (ended.verifier, ended.connection_id) == (begun.verifier, None)
        with pytest.raises(ConsentUnknown):
            consents.end(clinic["manager"], "visit", begun.state)

    def test_another_browser_or_account_ends_nothing(
        self, consents: Consents, connections: Connections, clinic: MadeClinic
    ) -> None:
        begun = consents.begin(clinic["manager"], "visit")
        for who, visit in (("manager", "another visit"), ("manager", ""), ("doctor", "visit")):
            with pytest.raises(ConsentElsewhere):
                consents.end(clinic[who], visit, begun.state)
        with pytest.raises(NotAllowed):
            consents.end(clinic["patient"], "visit", begun.state)
        own = add(connections, clinic["doctor"])
        with pytest.raises(ConsentElsewhere):
            consents.begin(clinic["other_doctor"], "visit", own)
        with pytest.raises(ConsentElsewhere):
            consents.begin(clinic["manager"], "")
        assert consents.end(clinic["manager"], "visit", begun.state)

    def test_ten_minutes_are_enough(self, consents: Consents, clinic: MadeClinic, clock: HandClock) -> None:
        begun = consents.begin(clinic["manager"], "visit")
        clock.advance(minutes=10, seconds=1)
        with pytest.raises(ConsentLate):
            consents.end(clinic["manager"], "visit", begun.state)
        with pytest.raises(ConsentUnknown):
            consents.end(clinic["manager"], "visit", "made up")
