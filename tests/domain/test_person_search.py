from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.domain.person_search import INDEXED, LONGEST_TEXT, folded, read_search, search_text

BORN = date(1980, 5, 17)
PERSON = search_text("Zoë  O’Brien-Łukasz", "zoe.ob@example.com", "(555) 010-0042", BORN)

READ = [
    # what is typed, and whether that person is meant
    ("zoe", True),
    ("ZOË", True),
    ("zoe\N{COMBINING DIAERESIS}", True),
    ("rien", True),  # any part
    ("obrien", True),
    ("o'brien", True),
    ("o\N{RIGHT SINGLE QUOTATION MARK}brien", True),
    ("lukasz zoe", True),  # in any order
    ("brien lukasz", True),
    ("zoe smith", False),  # every word counts
    ("zo", True),  # two characters are the beginning of a word
    ("oe", False),
    ("o", None),  # too little
    (" \N{NO-BREAK SPACE}o ", None),
    ("zoe o", True),
    ("zoe b", False),
    ("oë o", True),  # as it stands there, to the letter
    ("ob@ex", True),
    ("@example.com zoe", True),
    ("5550100042", True),
    ("555-010-0042", True),
    ("(555) 010 00 42", True),
    ("555 0043", False),
    ("100042", True),
    ("0042 zoe", True),
    ("1980-05-17", True),
    ("1980-5-17", True),
    ("17.5.1980", True),  # the day first
    ("05/17/1980", True),  # the month first
    ("17/05/1980", True),  # unless that is no date
    ("5.17.1980", False),
    ("1980-05-18", False),
    ("1980", True),
    ("zoe 17.5.1980", True),
    ("17.5.1980 5550100042", True),
    ("%", None),
    ("zo%", False),
    ('zo"', False),
]


@pytest.mark.parametrize(("typed", "meant"), READ)
def test_what_is_typed_is_understood(typed: str, meant: bool | None) -> None:
    sought = read_search(typed)
    assert (None if sought is None else sought.finds(PERSON)) is meant


@given(
    st.tuples(st.text(max_size=40), st.text(max_size=20), st.from_regex(r"\A[0-9 ()+.-]{0,20}\Z")),
    st.integers(0, 2),
    st.integers(0, 39),
    st.integers(1, 40),
)
@example(("A1-2 3", "", ""), 0, 1, 5)
@example(("Anna Lee", "", ""), 0, 2, 5)
def test_no_part_of_a_name_an_email_or_a_phone_is_ever_missed(person, field, start, length) -> None:
    part = person[field][start : start + length]
    if len(folded(part)) >= INDEXED:
        sought = read_search(part)
        assert sought is not None
        assert sought.finds(search_text(*person, BORN))


def test_every_day_is_found_in_each_way_of_writing_it() -> None:
    text = search_text("A", date_of_birth=date(1907, 2, 9))
    for typed in ("1907-02-09", "1907-2-9", "9.2.1907", "09.02.1907", "2/9/1907", "02/09/1907"):
        sought = read_search(typed)
        assert sought is not None
        assert sought.finds(text), typed


def test_an_endless_name_stays_within_what_an_index_takes() -> None:
    assert len(search_text("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 200, "x" * 200)) == LONGEST_TEXT
