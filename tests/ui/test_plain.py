import pytest

from core.ui.words import plain


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
