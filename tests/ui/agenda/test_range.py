from datetime import date

import pytest

from core.ui.agenda.range import Shown, View

TUESDAY = date(2026, 12, 8)
VIEWS = [View.WEEK, View.DAY, View.MONTH, View.LIST]


@pytest.mark.parametrize(
    ("view", "day", "first", "last", "title"),
    [
        (View.DAY, "2026-12-08", "2026-12-08", "2026-12-08", "Tuesday 8 December 2026"),
        (View.WEEK, "2026-12-08", "2026-12-07", "2026-12-13", "7 – 13 December 2026"),
        (View.WEEK, "2026-12-07", "2026-12-07", "2026-12-13", "7 – 13 December 2026"),
        (View.WEEK, "2026-12-13", "2026-12-07", "2026-12-13", "7 – 13 December 2026"),
        (View.LIST, "2026-12-01", "2026-11-30", "2026-12-06", "30 November – 6 December 2026"),
        (View.WEEK, "2027-01-01", "2026-12-28", "2027-01-03", "28 December 2026 – 3 January 2027"),
        (View.MONTH, "2026-12-31", "2026-11-30", "2027-01-03", "December 2026"),
        (View.MONTH, "2027-02-14", "2027-02-01", "2027-02-28", "February 2027"),  # exactly four weeks
    ],
)
def test_a_view_shows_whole_days_weeks_or_the_weeks_of_a_month(
    view: View, day: str, first: str, last: str, title: str
) -> None:
    shown = Shown(view, date.fromisoformat(day))
    assert (shown.first.isoformat(), shown.last.isoformat(), shown.title()) == (first, last, title)
    assert (shown.days[0], shown.days[-1]) == (shown.first, shown.last)
    assert shown.holds(shown.day)
    assert not shown.holds(shown.earlier.first) or view is View.MONTH


@pytest.mark.parametrize(
    ("view", "day", "earlier", "later"),
    [
        (View.DAY, "2026-12-31", "2026-12-30", "2027-01-01"),
        (View.WEEK, "2026-12-08", "2026-12-01", "2026-12-15"),
        (View.LIST, "2026-12-08", "2026-12-01", "2026-12-15"),
        (View.MONTH, "2026-12-31", "2026-11-01", "2027-01-01"),
        (View.MONTH, "2027-01-31", "2026-12-01", "2027-02-01"),
    ],
)
def test_earlier_and_later_go_by_what_is_shown(view: View, day: str, earlier: str, later: str) -> None:
    shown = Shown(view, date.fromisoformat(day))
    assert (shown.earlier.day.isoformat(), shown.later.day.isoformat()) == (earlier, later)
    assert shown.earlier.view is shown.later.view is view


@pytest.mark.parametrize(
    ("view", "day", "read"),
    [
        ("day", "2026-12-10", Shown(View.DAY, date(2026, 12, 10))),
        (None, None, Shown(View.WEEK, TUESDAY)),
        ("year", "yesterday", Shown(View.WEEK, TUESDAY)),
        ("list", "0001-01-01", Shown(View.LIST, TUESDAY)),
        ("list", "9999-12-31", Shown(View.LIST, TUESDAY)),
    ],
)
def test_an_address_that_cannot_be_read_means_today(view: str | None, day: str | None, read: Shown) -> None:
    assert Shown.read(view, day, views=VIEWS, today=TUESDAY) == read


def test_a_view_that_is_not_on_offer_is_not_taken() -> None:
    assert Shown.read("month", None, views=[View.DAY, View.LIST], today=TUESDAY).view is View.DAY
