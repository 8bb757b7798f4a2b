from datetime import UTC, datetime, timedelta

from core.ui.agenda.drafts import KEPT_FOR, MOST, Draft, NoteDrafts

NOW = datetime(2026, 12, 7, 7, tzinfo=UTC)
MINE = (1, 7)


def test_the_last_draft_is_kept_for_the_sign_in_that_typed_it() -> None:
    kept = NoteDrafts()
    kept.keep(MINE, Draft("Half", released=False), NOW)
    kept.keep(MINE, Draft("Half a sentence", released=True), NOW)
    assert kept.find(MINE, NOW) == Draft("Half a sentence", released=True)
    assert kept.find((2, 7), NOW) is None
    assert kept.find((1, 8), NOW) is None
    kept.drop(MINE)
    kept.drop(MINE)
    assert kept.find(MINE, NOW) is None


def test_a_draft_is_forgotten_after_some_hours() -> None:
    kept = NoteDrafts()
    kept.keep(MINE, Draft("Half", released=False), NOW)
    assert kept.find(MINE, NOW + KEPT_FOR - timedelta(seconds=1)) is not None
    assert kept.find(MINE, NOW + KEPT_FOR) is None
    kept.keep((1, 8), Draft("Another", released=False), NOW + KEPT_FOR)
    assert kept._kept.keys() == {(1, 8)}


def test_the_oldest_make_way_where_there_are_too_many() -> None:
    kept = NoteDrafts()
    for number in range(MOST + 5):
        kept.keep((1, number), Draft("Half", released=False), NOW + timedelta(seconds=number))
    later = NOW + timedelta(hours=1)
    assert kept.find((1, 4), later) is None
    assert kept.find((1, 5), later) is not None
    assert len(kept._kept) == MOST
