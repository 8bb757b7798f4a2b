"""Extraction for translators: an expected error's docstring is its sentence, which no call of gettext holds."""

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from babel.messages.extract import extract_python

import core.bootstrap  # noqa: F401 - with it every expected error of the program is known
from core.domain.errors import CareSlotError

Found = tuple[int, Any, Any, Any]


def extract(
    file: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Any
) -> Iterator[Found]:
    """The messages of one source file (Babel's extraction interface): calls of gettext, and errors' sentences."""
    yield from extract_python(file, keywords, comment_tags, options)
    file.seek(0)
    errors = {CareSlotError.__name__}
    for node in ast.parse(file.read()).body:
        if not isinstance(node, ast.ClassDef):
            continue
        bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
        sentence = ast.get_docstring(node)
        if sentence and (bases & errors or _is_error(bases)):
            errors.add(node.name)
            yield node.lineno, None, sentence, []


def _is_error(bases: set[str]) -> bool:
    """Whether one of these is an expected error of another file."""
    known = [CareSlotError]
    for error in known:
        known.extend(error.__subclasses__())
    return bool(bases & {error.__name__ for error in known})
