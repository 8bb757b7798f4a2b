"""What is wrong with a new password: too short, or too easy to guess for somebody who knows the person."""

import re
import threading

from core.domain.errors import BadInput

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000
GOOD_SCORE = 3
"""Of zxcvbn's 0 to 4: more than 10^8 guesses."""

_MEASURED = 72  # zxcvbn's time grows faster than the length; what is good so far stays good
_SHORTEST_WORD = 3
_MEASURING = threading.Lock()  # it keeps the personal words in a dictionary that all threads share


def password_advice(password: str, *personal: str) -> str:
    """What to change about a password, as sentences, or "" where it is fine.

    `personal` are the person's name, address and the like: they and their parts are the first that others would try.
    """
    if len(password) < SHORTEST_PASSWORD:
        return f"Use {SHORTEST_PASSWORD} characters or more."
    if len(password) > LONGEST_PASSWORD:
        return f"Use {LONGEST_PASSWORD} characters or fewer."
    words = sorted({word for text in personal for word in (text, *re.split(r"[\W_]+", text)) if word}, key=len)
    unknown = password
    for word in reversed([word for word in words if len(word) >= _SHORTEST_WORD]):
        unknown = re.sub(re.escape(word), "", unknown, flags=re.IGNORECASE)
    # Both: what is left without the person's words, and the whole with their reversed and disguised forms.
    return _measured(unknown, []) or _measured(password, words)


def _measured(password: str, personal: list[str]) -> str:
    from zxcvbn import zxcvbn  # its word lists take a while to load

    if not password.strip():
        return "Your own name and address are the first that others try. Add a few uncommon words."
    with _MEASURING:
        measured = zxcvbn(password[:_MEASURED], user_inputs=personal)
    if measured["score"] >= GOOD_SCORE:
        return ""
    feedback = measured["feedback"]
    advice = [feedback["warning"] or "This password is easy to guess.", *feedback["suggestions"]]
    return " ".join(sentence for sentence in advice if sentence)


def refuse_weak(password: str, *personal: str) -> None:
    """Raise BadInput for the field "password" unless password_advice finds nothing to say."""
    if advice := password_advice(password, *personal):
        raise BadInput(advice, "password")
