import logging

import pytest
from streamlit.testing.v1 import AppTest

from core.telemetry import logs
from tests.ui.conftest import OpenPage

SECRET = "Jane Smith, jane.smith@example.com"


def expected() -> None:
    from core.domain.policy import TooLate
    from core.ui.failures import showing_errors

    with showing_errors():
        raise TooLate(notice="2 hours", phone="555-0100")


def unexpected() -> None:
    import streamlit as st

    from core.ui.failures import showing_errors

    with showing_errors():
        patient = "Jane Smith, jane.smith@example.com"
        raise RuntimeError(patient)
    st.write("the rest of the page")


def stopping() -> None:
    import streamlit as st

    from core.ui.failures import showing_errors

    with showing_errors():
        st.write("before")
        st.stop()
    st.write("after")


@pytest.fixture(autouse=True)
def without_a_browser(open_page: OpenPage) -> None:
    """Streamlit's context is empty, as the fixture for pages makes it."""


def test_an_expected_error_is_shown_as_its_sentence() -> None:
    visit = AppTest.from_function(expected, default_timeout=60).run()
    assert [error.value for error in visit.error] == ["Online booking closes 2 hours before. Call 555-0100."]


def test_an_unexpected_error_gives_a_reference_that_stands_in_the_log_and_nothing_of_the_patient(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        visit = AppTest.from_function(unexpected, default_timeout=60).run()
    (told,) = [error.value for error in visit.error]
    reference = told.rstrip(".").split()[-1]
    (logged,) = [record.msg for record in caplog.records if record.name == "careslot.errors"]
    assert (logged["where"], logged["error"], logged["reference"]) == ("page", "RuntimeError", reference)
    assert "raise RuntimeError(patient)" in logged["frames"][-1]
    lines = [logs.formatter(json=json).format(record) for record in caplog.records for json in (True, False)]
    assert SECRET not in str(lines) + told
    assert not visit.exception
    assert visit.markdown[0].value == "the rest of the page"


def test_streamlits_own_stop_passes_through() -> None:
    visit = AppTest.from_function(stopping, default_timeout=60).run()
    assert [text.value for text in visit.markdown] == ["before"]
    assert not visit.error
