import gettext
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from core.calendars.calendar import CalendarRefused
from core.domain.policy import TooLate
from core.ui import words


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A visitor whose browser speaks German, and a small catalogue for them."""
    catalogue = Catalog(locale="de")
    catalogue.add("Sign in", "Anmelden")
    catalogue.add(("{count} time", "{count} times"), ("{count} Zeit", "{count} Zeiten"))
    catalogue.add(TooLate.__doc__ or "", "Online-Buchung schließt {notice} vorher. Rufen Sie an: {phone}.")
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "careslot.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(words, "LOCALES", tmp_path)
    monkeypatch.setattr(words, "language", lambda: "de")
    words.catalogue.cache_clear()


@pytest.mark.usefixtures("german")
def test_texts_are_shown_in_the_language_of_the_browser_where_there_is_a_catalogue() -> None:
    assert words._("Sign in") == "Anmelden"
    assert words.ngettext("{count} time", "{count} times", 1) == "1 Zeit"
    assert words.ngettext("{count} time", "{count} times", 6) == "6 Zeiten"
    assert words._("Sign out") == "Sign out"


@pytest.mark.usefixtures("german")
def test_an_errors_sentence_is_translated_before_its_fields_are_filled_in() -> None:
    told = words.sentence_of(TooLate(notice="2 Stunden", phone="555-0100"))
    assert told == "Online-Buchung schließt 2 Stunden vorher. Rufen Sie an: 555-0100."


@pytest.mark.usefixtures("german")
def test_what_is_put_into_a_sentence_is_translated_too_where_it_is_a_text_of_ours() -> None:
    assert words.sentence_of(CalendarRefused("Sign in", "")).strip() == ("The calendar refused the change: Anmelden.")


def test_without_a_catalogue_the_source_is_shown() -> None:
    words.catalogue.cache_clear()
    assert isinstance(words.catalogue("xx"), gettext.NullTranslations)
    assert words.ngettext("{count} time", "{count} times", 6) == "6 times"
