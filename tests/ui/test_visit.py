import pytest

from core.ui.visit import SESSION_COOKIE, cookie_of

PLAIN, BOUND = {"careslot_session": "plain"}, {"__Host-careslot_session": "bound"}


@pytest.mark.parametrize(
    ("cookies", "https", "believed"),
    [
        ({}, False, ""),
        (PLAIN, False, "plain"),
        (BOUND, False, "bound"),
        (PLAIN | BOUND, False, "bound"),
        # under https a neighbour of the same domain may have planted the plain one
        (PLAIN, True, ""),
        (BOUND, True, "bound"),
        (PLAIN | BOUND, True, "bound"),
    ],
)
def test_under_https_only_the_cookie_that_is_bound_to_the_host_is_believed(
    cookies: dict[str, str], https: bool, believed: str
) -> None:
    assert cookie_of(cookies, SESSION_COOKIE, https=https) == believed
