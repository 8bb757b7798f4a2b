from datetime import UTC, datetime, timedelta

import pytest

from core.domain.circuit import FAILURES_IN_A_ROW, Circuit

NOW = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=3)


def failed(circuit: Circuit, kind: str = "passing", *, probing: bool = False, repeated: bool = False) -> Circuit:
    return circuit.failed(kind, NOW, probing=probing, repeated=repeated, asked=None)


def broken() -> Circuit:
    circuit = Circuit()
    for _ in range(FAILURES_IN_A_ROW):
        circuit = failed(circuit)
    return circuit


def test_five_failures_in_a_row_bring_half_a_minute_of_rest() -> None:
    circuit = Circuit()
    for _ in range(FAILURES_IN_A_ROW - 1):
        circuit = failed(circuit)
        assert (circuit.suspect, circuit.paused_until) == (False, None)
    circuit = failed(circuit)
    assert (circuit.suspect, circuit.paused_until) == (True, NOW + timedelta(seconds=30))


def test_a_success_in_between_starts_the_count_anew() -> None:
    circuit = Circuit(FAILURES_IN_A_ROW - 1).succeeded()
    assert failed(circuit) == Circuit(1)


def test_a_single_change_that_fails_again_and_again_brings_no_rest() -> None:
    circuit = failed(Circuit())
    for _ in range(100):
        circuit = failed(circuit, repeated=True)
    assert circuit == Circuit(1)


def test_what_was_under_way_already_does_not_lengthen_the_rest() -> None:
    assert failed(failed(broken())) == broken()


def test_each_trial_that_fails_doubles_the_rest_up_to_a_quarter_of_an_hour() -> None:
    circuit, rests = broken(), []
    for _ in range(8):
        circuit = failed(Circuit(circuit.failures, LATER), probing=True, repeated=True)
        assert circuit.paused_until is not None
        rests.append((circuit.paused_until - NOW).total_seconds())
    assert rests == [60, 120, 240, 480, 900, 900, 900, 900]


def test_a_trial_that_succeeds_ends_it() -> None:
    assert Circuit(9, LATER).succeeded() == Circuit()


@pytest.mark.parametrize("kind", ["refused", "missing"])
def test_a_refusal_is_an_answer(kind: str) -> None:
    assert failed(Circuit(FAILURES_IN_A_ROW - 1), kind) == Circuit()
    assert failed(Circuit(9, LATER), kind, probing=True) == Circuit()


def test_a_pause_that_the_calendar_asked_for_outlasts_a_success() -> None:
    circuit = Circuit().failed("passing", NOW, probing=False, repeated=False, asked=LATER)
    assert circuit.succeeded() == Circuit(0, LATER)


@pytest.mark.parametrize("kind", ["passing", "quota", "refused"])
def test_the_longest_pause_counts(kind: str) -> None:
    circuit = Circuit(FAILURES_IN_A_ROW - 1).failed(kind, NOW, probing=False, repeated=False, asked=LATER)
    assert circuit.paused_until == LATER
    assert failed(circuit, kind).paused_until == LATER


def test_a_used_up_quota_is_no_failure_of_the_calendar() -> None:
    circuit = Circuit(FAILURES_IN_A_ROW - 1).failed("quota", NOW, probing=False, repeated=False, asked=LATER)
    assert not circuit.suspect


def test_a_sign_in_that_ended_brings_an_hour_at_once_and_then_a_single_trial() -> None:
    circuit = failed(Circuit(), "reconnect")
    assert (circuit.suspect, circuit.paused_until) == (True, NOW + timedelta(hours=1))
    assert failed(circuit, "reconnect", probing=True) == circuit
