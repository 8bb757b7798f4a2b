"""The tree of expected errors: each carries a sentence that the person concerned can read.

An error's docstring is its sentence, in English and as a gettext message; `{fields}` stand for what it was raised with.
Fields never hold names, addresses, reasons or notes.
"""

from typing import Any


class CareSlotError(Exception):
    """Something went wrong."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        super().__init__(self.sentence.format(**fields))

    @property
    def sentence(self) -> str:
        """The untranslated sentence with its `{fields}`, the key for gettext."""
        return (type(self).__doc__ or "").strip()


class NotFound(CareSlotError):
    """This record does not exist any more."""


class AlreadySettled(CareSlotError):
    """This was settled already."""


class BadInput(CareSlotError):
    """{problem}"""  # noqa: D400 - the sentence is given whole

    def __init__(self, problem: str, field: str = "") -> None:
        super().__init__(problem=problem)
        self.field = field
        self.problems: dict[str, str] = {field: problem}


class BadFields(BadInput):
    """{problem}"""  # noqa: D400 - the sentences are given whole

    def __init__(self, problems: dict[str, str]) -> None:
        """All that is wrong with a form: a sentence for each field; `field` is the first of them."""
        super().__init__(" ".join(problems.values()), next(iter(problems), ""))
        self.problems = dict(problems)
