import pytest

from core.domain.errors import BadInput
from core.scheduler.password_advice import password_advice, refuse_weak


@pytest.mark.parametrize(
    ("password", "advice"),
    [
        ("", "Use 12 characters or more."),
        ("k7#pQ2!x", "Use 12 characters or more."),
        ("password1234", "This is a very common password. Add another word or two. Uncommon words are better."),
        ("x" * 1001, "Use 1000 characters or fewer."),
        ("correct horse battery staple", ""),
        ("pine on paper, calmly " * 40, ""),
    ],
)
def test_advice_is_sentences_and_nothing_where_a_password_is_fine(password: str, advice: str) -> None:
    assert password_advice(password) == advice


@pytest.mark.parametrize(
    "password",
    [
        "john.doe@example.com",
        "Johannes Doekman",
        "johannes-doekman-1990",
        "namkeod sennahoj",
        "J0h4nn3sDoekm@n",
    ],
)
def test_what_is_made_of_the_persons_own_words_is_easy_to_guess(password: str) -> None:
    assert password_advice(password, "john.doe@example.com", "Johannes Doekman")


def test_a_persons_word_among_many_others_does_no_harm() -> None:
    assert not password_advice("why does john swim past eleven lamps", "john.doe@example.com", "Jo")


def test_a_weak_password_is_refused_by_its_field() -> None:
    refuse_weak("correct horse battery staple")
    with pytest.raises(BadInput) as refused:
        refuse_weak("qwertyuiop12345")
    assert refused.value.field == "password"
