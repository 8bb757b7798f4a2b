import pytest

from core.ui.words import plain, without_links


@pytest.mark.parametrize(
    ("typed", "escaped"),
    [
        ("Dr. Sarah Johnson", "Dr. Sarah Johnson"),
        ("O'Brien-Smith, Anne (Annie)", "O'Brien-Smith, Anne (Annie)"),
        ("**bold** _it_", r"\*\*bold\*\* \_it\_"),
        ("[pay here](https://evil.example)", "\\[pay here\\](https\u2060\\://evil.example)"),
        ("WWW.evil.example", "WWW\u2060.evil.example"),
        (":red[late] <b>", r"\:red\[late\] \<b\>"),
        ("- one", r"\- one"),
        ("2. two", r"2\. two"),
        ("two\nlines", "two lines"),
        ("a\\b", r"a\\b"),
    ],
)
def test_what_people_typed_is_shown_as_typed(typed: str, escaped: str):
    assert plain(typed) == escaped


def test_an_address_in_a_sentence_is_no_link():
    assert without_links("Such as name@example.com.") == "Such as name\u2060@example.com."
    assert without_links("Meet me @ noon") == "Meet me @ noon"
