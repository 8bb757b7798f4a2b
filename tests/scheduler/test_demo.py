"""The demo clinic: believable, free of overlaps, the same for the same seed."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text

from core.domain.errors import BadInput
from core.scheduler.demo.load import DatabaseNotEmpty, fill_demo
from core.scheduler.demo.shapes import ClinicShape, Visit, VisitShape, visits
from core.scheduler.passwords import check_password
from core.scheduler.store import Store
from core.scheduler.tables import accounts, appointments, doctors, users
from tests.conftest import HandClock

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
KINDS = (VisitShape(1, 30, 5, 0.2), VisitShape(2, 20, 5, 0.45), VisitShape(3, 40, 5, 0.2), VisitShape(4, 15, 5, 0.15))
SHAPE = ClinicShape(ZoneInfo("America/New_York"), 3, 202, KINDS)


def drawn(most: int | None = None, seed: int = 1) -> list[Visit]:
    return list(visits(SHAPE, NOW, seed, most))


def test_the_same_seed_draws_the_same_visits() -> None:
    assert drawn(500) == drawn(500)
    assert drawn(500) != drawn(500, seed=2)


def test_weekdays_cancellations_and_no_shows_have_their_shapes() -> None:
    made = drawn(30_000)
    by_weekday = Counter(datetime.fromisoformat(visit.appointment_date).weekday() for visit in made)
    assert set(by_weekday) == set(range(5))
    mean = sum(by_weekday.values()) / 5
    for weekday, weight in enumerate((1.20, 1.28, 1.19, 1.10, 0.76)):
        assert by_weekday[weekday] / mean * 1.106 == pytest.approx(weight, abs=0.06)
    statuses = Counter(visit.status for visit in made)
    assert statuses["cancelled"] / len(made) == pytest.approx(0.16, abs=0.01)
    came = [visit for visit in made if visit.status in {"completed", "no_show"}]
    soon = [visit.status == "no_show" for visit in came if visit.starts_at - visit.created_at < 20_000]
    late = [visit.status == "no_show" for visit in came if visit.starts_at - visit.created_at > 9 * 86400]
    assert sum(soon) / len(soon) == pytest.approx(0.02, abs=0.01)
    assert sum(late) / len(late) == pytest.approx(0.082, abs=0.015)


def test_visits_lie_in_opening_hours_and_on_the_grid_and_in_order() -> None:
    for visit in drawn():
        begins, ends = visit.start_time, visit.end_time
        assert (begins >= "09:00" and ends <= "12:00") or (begins >= "13:00" and ends <= "17:00")
        assert int(begins[3:]) % 15 == 0
        wall = datetime.fromtimestamp(visit.starts_at, ZoneInfo("America/New_York"))
        assert wall.strftime("%Y-%m-%d %H:%M") == f"{visit.appointment_date} {begins}"
        assert visit.created_at <= NOW.timestamp()
        stamps = [at for at in (visit.checked_in_at, visit.started_at, visit.completed_at) if at is not None]
        assert stamps == sorted(stamps)
        assert all(at <= NOW.timestamp() for at in stamps)


def test_three_past_visits_a_doctor_lack_an_outcome_and_the_future_is_scheduled() -> None:
    made = drawn()
    open_ones = Counter(v.doctor_id for v in made if v.appointment_date < "2026-11-24" and v.status == "scheduled")
    assert open_ones == {1: 3, 2: 3, 3: 3}
    assert {v.status for v in made if v.appointment_date > "2026-11-24"} == {"scheduled", "cancelled"}


def test_too_many_for_too_few_doctors_are_refused() -> None:
    with pytest.raises(BadInput, match="Ask for more doctors"):
        list(visits(SHAPE, datetime(1900, 6, 1, tzinfo=UTC), 1, 5000))


def test_the_filled_clinic_has_no_overlap_and_its_sign_ins_work(store: Store) -> None:
    sign_ins = fill_demo(store, HandClock(NOW), appointments=1500)
    with store.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(appointments)) == 1500
        assert connection.scalar(select(func.count()).select_from(users)) == 202
        assert list(connection.execute(select(doctors.c.name, doctors.c.colour_id).order_by(doctors.c.doctor_id))) == [
            ("Dr. Sarah Johnson", "10"),
            ("Dr. Michael Chen", "5"),
            ("Dr. Aisha Khan", "3"),
        ]
        for person, end in (("doctor_id", "occupied_until"), ("user_id", "ends_at")):
            assert (
                connection.scalar(
                    text(
                        f"SELECT count(*) FROM appointments a JOIN appointments b ON a.{person} = b.{person} "
                        f"AND a.appointment_id < b.appointment_id AND a.starts_at < b.{end} AND b.starts_at < a.{end} "
                        "WHERE a.status NOT IN ('cancelled', 'no_show') AND b.status NOT IN ('cancelled', 'no_show')"
                    )
                )
                == 0
            )
        hashes = {row.email: row for row in connection.execute(select(accounts))}
    assert sorted({role for role, _, _ in sign_ins}) == ["doctor", "manager", "patient", "reception"]
    assert all(hashes[email].role == role for role, email, _ in sign_ins)
    _, email, password = sign_ins[0]
    assert check_password(password, hashes[email].password_hash)


def test_a_clinic_in_use_is_left_alone(sqlite_store: Store) -> None:
    fill_demo(sqlite_store, HandClock(NOW), appointments=10)
    with pytest.raises(DatabaseNotEmpty):
        fill_demo(sqlite_store, HandClock(NOW), appointments=10)
