"""People are found alike on both engines, whatever is typed, however they came into the database."""

import uuid
from datetime import UTC, date, datetime

import pytest
from alembic import command
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from core.domain.person_search import read_search, search_text
from core.scheduler import migrate, patient_search, tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.patients import Patients
from core.scheduler.store import Store, open_engine
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

PEOPLE = [
    ("Smith, Jane", "jane.smith@example.com", "555-0100", date(1980, 5, 17)),
    ("jane smith", "", "(555) 01 02", date(1980, 5, 17)),
    ("Jane Smithson", "js@example.com", "", None),
    ("Zoë O\N{RIGHT SINGLE QUOTATION MARK}Brien", "z_b%1@example.com", "+44 20 7946 0123", date(1907, 2, 9)),
    ("ŠTĚPÁN Žižka", "", "", None),
    ("Ελένη Παπαδοπούλου", "", "", date(2001, 12, 1)),
    ('Ann "50%" * Lee', "ann\\lee@example.com", "", None),
    ("Li Na", "", "5550103", None),
    ("Émile", "", "", None),
    ("Emile", "", "", None),
    ("Zz Top", "", "", None),
]

FOUND = [
    ("smith", ["jane smith", "Jane Smithson", "Smith, Jane"]),
    ("JANE smi", ["jane smith", "Jane Smithson", "Smith, Jane"]),
    ("mith ane", ["jane smith", "Jane Smithson", "Smith, Jane"]),
    ("smith j", ["jane smith", "Jane Smithson", "Smith, Jane"]),
    ("emile", ["Émile", "Emile"]),
    ("zizka step", ["ŠTĚPÁN Žižka"]),
    ("ΠΑΠΑΔΟ", ["Ελένη Παπαδοπούλου"]),
    ("5550100", ["Smith, Jane"]),
    ("555 01", ["jane smith", "Li Na", "Smith, Jane"]),
    ("555 0102", ["jane smith"]),
    ("02079460123", []),
    ("20 7946", ["Zoë O\N{RIGHT SINGLE QUOTATION MARK}Brien"]),
    ("17.5.1980", ["jane smith", "Smith, Jane"]),
    ("05/17/1980 555-0102", ["jane smith"]),
    ("na", ["Li Na"]),
    ("l n", ["Li Na"]),
    ("a l", ['Ann "50%" * Lee', "Ελένη Παπαδοπούλου"][:1]),
    ("50%", ['Ann "50%" * Lee']),
    ("5%%", []),
    ("z_b", ["Zoë O\N{RIGHT SINGLE QUOTATION MARK}Brien"]),
    ("e_b", []),
    ('"50', ['Ann "50%" * Lee']),
    ("ann\\l", ['Ann "50%" * Lee']),
]


@pytest.fixture
def patients(store: Store, clock: HandClock) -> Patients:
    return Patients(store, clock)


@pytest.fixture
def people(patients: Patients, clinic: MadeClinic) -> list[str]:
    """Their names and search texts, in the order in which they are to be found."""
    for person in PEOPLE:
        patients.create(clinic["reception"], *person)
    everyone = [*PEOPLE, *((f"Patient {n}", f"p{n}@example.com", "", None) for n in (1, 2))]
    return sorted(everyone, key=lambda person: search_text(*person).encode())


def names(patients: Patients, clinic: MadeClinic, typed: str) -> list[str]:
    return [person.name for person in patients.find(clinic["reception"], typed, 50)]


@pytest.mark.parametrize("few", [patient_search.FEW, 0], ids=["by the index", "by name"])
def test_people_are_found_alike_on_both_engines(patients, clinic, people, monkeypatch, few) -> None:
    monkeypatch.setattr(patient_search, "FEW", few)
    assert [(typed, names(patients, clinic, typed)) for typed, _ in FOUND] == FOUND


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.one_of(st.text(max_size=30), st.text(" \"*^:()-+%_\\'0ajn", max_size=12)))
@example("\x00jane")
@example('jane" OR "')
@example("NEAR(jane smith)")
@example("search_text : jane")
@example("- jane*")
@example("{jane} AND NOT ^smith")
@example("a " * 100)
@example("jan " * 50)
@example("ja e" * 50)
def test_nothing_that_is_typed_breaks_the_search(patients, clinic, people, typed) -> None:
    sought = read_search(typed)
    wanted = [p[0] for p in people if sought is not None and sought.finds(search_text(*p))]
    assert names(patients, clinic, typed) == wanted


def test_the_index_follows_every_change(patients: Patients, clinic: MadeClinic, store: Store) -> None:
    made = patients.create(clinic["reception"], "Ann Lee")
    patients.change(clinic["reception"], made.user_id, "Bea Roe", "bea@example.com", "", None)
    assert (names(patients, clinic, "ann lee"), names(patients, clinic, "roe bea")) == ([], ["Bea Roe"])
    row = {"name": "Cy Poe", "created_at": datetime(2026, 12, 7, tzinfo=UTC)}
    store.write(lambda c: c.execute(insert(tables.users), [row, row | {"name": "Di Poe"}]))
    store.write(lambda c: c.execute(update(tables.users).where(tables.users.c.name == "Cy Poe").values(user_id=900)))
    assert [p.user_id for p in patients.find(clinic["reception"], "cy poe")] == [900]
    store.write(lambda c: c.execute(delete(tables.users).where(tables.users.c.user_id == 900)))
    assert names(patients, clinic, "poe") == ["Di Poe"]
    if store.is_sqlite:  # raises where the index and the people differ
        store.write(
            lambda c: c.exec_driver_sql("INSERT INTO users_search (users_search, rank) VALUES ('integrity-check', 1)")
        )


def test_a_doctor_finds_own_patients_among_many(patients, clinic, people, scheduler: AppointmentScheduler) -> None:
    (li,) = patients.find(clinic["reception"], "li na")
    starts_at = datetime(2026, 12, 8, 9, tzinfo=UTC)
    scheduler.book_appointment(clinic["reception"], Booking("key", li.user_id, 1, 1, starts_at))
    assert patients.find(clinic["doctor"], "555") == [li]
    assert patients.find(clinic["other_doctor"], "555") == []


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_people_of_an_older_database_are_found_after_the_migration(request, tmp_path, engine) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if engine == "postgresql":
        url = request.getfixturevalue("postgresql_server").create_database(f"old_{uuid.uuid4().hex[:8]}")
    engine = open_engine(url)
    with engine.execution_options(careslot_write=True).begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.exec_driver_sql("INSERT INTO users (name, created_at) VALUES ('Jane Smith', 0), ('Zo\u00eb Lee', 0)")
    engine.dispose()
    assert migrate.migrate(url)
    store = Store(open_engine(url))
    try:
        for typed, number in (("smith jane", 1), ("zoe", 2)):
            sought = read_search(typed)
            assert sought is not None
            query = select(tables.users.c.user_id)
            assert store.read(lambda c, q=query, s=sought: patient_search.find_people(c, q, s, 5)) == [(number,)]
    finally:
        store.dispose()
