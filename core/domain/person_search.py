"""What a search for people looks through, and what is sought when somebody types into it: the same on every engine.

Case, accents and the writing of phone numbers are evened out here, once, for what is stored and for what is typed.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

SHORTEST_SEARCH = 2
LONGEST_SEARCH = 200
LONGEST_TEXT = 650
"""Characters of a person that are searched: PostgreSQL keeps them in an index whose entries end at 2,704 bytes."""

INDEXED = 3
"""Both engines find parts of a text by its runs of three characters."""

_NUMBER = re.compile(r"[0-9()+./-]*[0-9][0-9()+./-]*")
_DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"),
    re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})"),
    re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})"),
)
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_BEGINS = {month[:3]: number for number, month in enumerate(_MONTHS, 1)}
_MONTH = "|".join(f"{month}|{month[:3]}" for month in _MONTHS) + "|sept"
_IN_MONTH = r"\d{1,2}(?:st|nd|rd|th)?"
_NAMED = re.compile(
    rf"(?<!\S)(?:(?P<day>{_IN_MONTH})\.? (?P<month>{_MONTH})[.,]?"
    rf"|(?P<named>{_MONTH})\.? (?P<then>{_IN_MONTH}),?) (?P<year>\d{{4}})(?!\S)"
)
"""A day with its month's name, as a page writes it, or as Americans do."""
# What has no accent to be taken off, and yet is typed without it.
_PLAIN = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)
_PLAIN |= str.maketrans({"\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{LEFT SINGLE QUOTATION MARK}": "'"})
_PLAIN |= str.maketrans({"\N{HYPHEN}": "-", "\N{NON-BREAKING HYPHEN}": "-", "\N{EN DASH}": "-"})
_JOINED = str.maketrans("", "", "'-")


@dataclass(frozen=True, slots=True)
class Sought:
    """A person is found whose text holds `whole`, or one alternative of each of the `terms`.

    `whole` is empty where the terms say as much. What is shorter than three characters is meant as the beginning of a
    word, and has the space before it.
    """

    whole: str
    terms: tuple[tuple[str, ...], ...]

    def finds(self, text: str) -> bool:
        """Whether a person of this search_text is meant; the database answers the same."""
        return bool(self.whole and self.whole in text) or all(
            any(alternative in text for alternative in term) for term in self.terms
        )


def folded(text: str) -> str:
    """The text in small letters, without accents, on one line with single spaces.

    Compatibility decomposition, then what combines is dropped and the case is folded (Unicode, UAX 15 and 3.13).
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())  # the same, many times faster
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in apart if not unicodedata.combining(c))
    return " ".join("".join(kept).translate(_PLAIN).split())


def search_text(name: str, email: str = "", phone: str = "", date_of_birth: date | None = None) -> str:
    """What a search looks through, which is also the order of those found: name, email, phone, day of birth.

    Every word has a space before it. The phone stands as its digits and as it was written, and a name with an apostrophe
    or a hyphen a second time without.
    """
    plain, written = folded(name), folded(phone)
    parts = [plain, folded(email), _digits(written), date_of_birth.isoformat() if date_of_birth else "", written]
    parts.append(plain.translate(_JOINED))
    return "".join(f" {part}" for part in dict.fromkeys(parts) if part)[:LONGEST_TEXT]


def may_be_same(name: str, born: date | None, other_name: str, other_born: date | None) -> bool:
    """Whether two records may be of one person: the same name but for case, accents and spaces, and no two birth dates."""
    return folded(name) == folded(other_name) and (born is None or other_born is None or born == other_born)


def read_search(typed: str) -> Sought | None:
    """What is meant by what was typed; None for fewer than two characters.

    Words may come in any order. A day is read as 1980-05-17, 17.5.1980 (the day first), 17 May 1980 or May 17, 1980; of
    05/06/1980 nobody knows which is the month, so it is both days. Numbers that follow each other are one phone number,
    however it is written.
    """
    whole = folded(typed)[:LONGEST_SEARCH].strip()
    if len(whole) < SHORTEST_SEARCH:
        return None
    terms: list[tuple[str, ...]] = []
    number: list[str] = []
    for word in [*_words(whole), ""]:
        if days := _days(word):
            alternatives = (*days, word)
        elif _NUMBER.fullmatch(word):
            number.append(word)
            continue
        else:
            alternatives = (word, word.translate(_JOINED))
        if number:
            terms.append(_term(" ".join(number), _digits("".join(number))))
            number = []
        if word:
            terms.append(_term(*alternatives))
    has_beginnings = any(part.startswith(" ") for term in terms for part in term)
    return Sought(whole if has_beginnings and len(terms) > 1 else "", tuple(terms))


def _term(*alternatives: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one if len(one) >= INDEXED else f" {one}" for one in alternatives if one))


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")


def _words(whole: str) -> list[str]:
    """The words of what was typed; a day with its month's name is one of them."""
    words: list[str] = []
    end = 0
    for named in _NAMED.finditer(whole):
        words += [*whole[end : named.start()].split(), named[0]]
        end = named.end()
    return words + whole[end:].split()


def _days(word: str) -> tuple[str, ...]:
    """The days that may be meant, in ISO's writing; none where the word is no date."""
    if named := _NAMED.fullmatch(word):
        month = _BEGINS[(named["month"] or named["named"])[:3]]
        return _dates(named["year"], month, _digits(named["day"] or named["then"]))
    found = (form.fullmatch(word) for form in _DATES)
    return tuple(day for one in found if one for day in _dates(one["year"], one["month"], one["day"]))


def _dates(year: str, month: str | int, day: str) -> tuple[str, ...]:
    """That day, if there is one."""
    try:
        return (date(int(year), int(month), int(day)).isoformat(),)
    except ValueError:
        return ()
