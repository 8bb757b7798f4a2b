"""Partial answers: the `fields` parameter, such as `items(id,start/dateTime),nextSyncToken`."""

import re
from typing import Any

from tests.stand_ins.google.refusals import Refusal


def select(body: Any, selector: str) -> Any:
    """The parts of the body that the selector names."""
    wanted, rest = _parse(re.findall(r"[\w#-]+|[(),/*]", selector))
    if rest:
        raise Refusal(400, "invalidParameter", f"Invalid field selection {selector}", location="fields")
    return _pick(body, wanted)


def _parse(tokens: list[str]) -> tuple[dict[str, Any], list[str]]:
    wanted: dict[str, Any] = {}
    while tokens and tokens[0] != ")":
        name, tokens = tokens[0], tokens[1:]
        inner: dict[str, Any] = {}
        if tokens[:1] == ["("]:
            inner, tokens = _parse(tokens[1:])
            tokens = tokens[1:]
        elif tokens[:1] == ["/"]:
            end = next((at for at, token in enumerate(tokens) if token in ",)"), len(tokens))
            inner, _ = _parse(tokens[1:end])
            tokens = tokens[end:]
        wanted[name] = {**wanted.get(name, {}), **inner}
        if tokens[:1] == [","]:
            tokens = tokens[1:]
    return wanted, tokens


def _pick(body: Any, wanted: dict[str, Any]) -> Any:
    if not wanted or "*" in wanted:
        return body
    if isinstance(body, list):
        return [_pick(one, wanted) for one in body]
    if not isinstance(body, dict):
        return body
    return {name: _pick(body[name], inner) for name, inner in wanted.items() if name in body}
