from datetime import date

import pytest

from core.ui.today.view import Form, TodayView

VIEWS = [
    TodayView(),
    TodayView(date(2026, 12, 9)),
    TodayView(None, 17),
    TodayView(date(2026, 12, 9), 17, Form.OUTCOMES),
    TodayView(form=Form.WALK_IN),
]


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_survives_its_address(view):
    assert TodayView.read(view.address()) == view


@pytest.mark.parametrize(
    "address",
    [
        {},
        {"day": "2026-02-30"},
        {"day": "1969-12-31"},
        {"day": "9999-12-31"},
        {"appointment": "-1"},
        {"appointment": "²"},
        {"appointment": "9" * 30},
        {"form": "settings"},
        {"form": ""},
    ],
)
def test_what_cannot_be_read_is_left_out(address):
    assert TodayView.read(address) == TodayView()
