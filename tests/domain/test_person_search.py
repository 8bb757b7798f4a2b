from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.domain.person_search import INDEXED, LONGEST_TEXT, folded, may_be_same, read_search, search_text
from core.ui.times import full_date

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
    ("17 May 1980", True),  # as a page writes it
    ("17 may 1980", True),
    ("17th May, 1980", True),
    ("May 17, 1980", True),
    ("may 17 1980", True),
    ("17 May 1981", False),
    ("18 May 1980", False),
    ("17 Mai 1980", False),
    ("17 May", False),
    ("zoe 17 May 1980 5550100042", True),
    ("31 February 1980", False),
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
    for typed in (
        "1907-02-09",
        "1907-2-9",
        "9.2.1907",
        "09.02.1907",
        "2/9/1907",
        "02/09/1907",
        "9/2/1907",
        "09/02/1907",
        "9 February 1907",
        "09 Feb 1907",
        "9 Feb. 1907",
        "February 9, 1907",
        "Feb 9th 1907",
    ):
        sought = read_search(typed)
        assert sought is not None
        assert sought.finds(text), typed


@pytest.mark.parametrize("month", range(1, 13))
def test_a_date_that_a_page_writes_finds_that_day_and_no_other(month: int) -> None:
    day = date(2012, month, 7)
    for typed in (full_date(day), f"{day:%b} 7, 2012", f"7 {day:%b} 2012"):
        sought = read_search(typed)
        assert sought is not None
        born = [other for other in range(1, 13) if sought.finds(search_text("A", date_of_birth=date(2012, other, 7)))]
        assert born == [month], typed


def test_a_date_of_which_nobody_knows_the_month_is_both_days() -> None:
    sought = read_search("07/06/2012")
    assert sought is not None
    days = (date(2012, 6, 7), date(2012, 7, 6), date(2012, 6, 8))
    assert [sought.finds(search_text("A", date_of_birth=day)) for day in days] == [True, True, False]


def test_a_name_that_looks_like_a_date_is_found_all_the_same() -> None:
    sought = read_search("May 7 2012")
    assert sought is not None
    assert sought.finds(search_text("Anna May 7 2012"))


def test_an_endless_name_stays_within_what_an_index_takes() -> None:
    assert len(search_text("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 200, "x" * 200)) == LONGEST_TEXT


SAME = [
    # name, birth date, of another record too, and whether both may be one person
    ("Jane Smith", BORN, "Jane Smith", BORN, True),
    ("  jane   SMITH ", BORN, "Jane Smith", BORN, True),
    ("Jané Smith", BORN, "Jane Smith", BORN, True),
    ("Jane Smith", BORN, "Jane Smith", date(1980, 5, 18), False),
    ("Jane Smith", None, "Jane Smith", BORN, True),  # nobody knows
    ("Jane Smith", BORN, "Jane Smith", None, True),
    ("Jane", BORN, "Jane Smith", BORN, False),
    ("Jane Smith-Lee", BORN, "Jane Smith", BORN, False),
]


@pytest.mark.parametrize(("name", "born", "other_name", "other_born", "same"), SAME)
def test_whether_two_records_may_be_one_person(name, born, other_name, other_born, same) -> None:
    assert may_be_same(name, born, other_name, other_born) is same
