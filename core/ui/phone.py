"""Numbers to call, as links that a phone dials."""

import re

from core.ui.words import plain

_PUNCTUATION = re.compile(r"[ ()./-]")
_DIALLED = re.compile(r"\+?[0-9]{3,20}")


def phone_link(text: str) -> str:
    """The number as it was typed, as Markdown that a phone dials; just the text where it is more than one number."""
    dialled = _PUNCTUATION.sub("", text)
    return f"[{plain(text)}](tel:{dialled})" if _DIALLED.fullmatch(dialled) else plain(text)
