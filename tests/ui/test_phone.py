import pytest

from core.ui.phone import phone_link


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("911", "[911](tel:911)"),
        ("555-0100", "[555-0100](tel:5550100)"),
        ("+44 20 7946 0123", r"[\+44 20 7946 0123](tel:+442079460123)"),
        ("(555) 010.0199", "[(555) 010.0199](tel:5550100199)"),
        ("999 or 112", "999 or 112"),
        ("555-0100 ext. 4", "555-0100 ext. 4"),
        ("44+20 7946", "44+20 7946"),
        ("[press](https://evil.example)", "\\[press\\](https\u2060\\://evil.example)"),
        ("١١٢", "١١٢"),
        ("12", "12"),
        ("", ""),
    ],
)
def test_a_number_that_a_phone_can_dial_is_a_link(typed: str, shown: str) -> None:
    assert phone_link(typed) == shown
