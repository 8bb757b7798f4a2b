import inspect
from pathlib import Path

from core.domain.errors import CareSlotError
from core.ui.error_sentences import extract


def everything_below(error: type[CareSlotError]) -> set[type[CareSlotError]]:
    found = {error}
    for below in error.__subclasses__():
        found |= everything_below(below)
    return found


def test_translators_get_the_sentence_of_every_expected_error() -> None:
    core = Path(inspect.getfile(CareSlotError)).parents[1]
    given = set()
    for path in core.rglob("*.py"):
        with path.open("rb") as file:
            given |= {message for _, _, message, _ in extract(file, {"_": None}, (), {})}
    sentences = {
        (error.__doc__ or "").strip()
        for error in everything_below(CareSlotError) - {CareSlotError}
        if error.__module__.startswith("core.")
    }
    assert len(sentences) > 30
    assert sentences <= given
