"""Checks requests and answers against the discovery document that ships with google-api-python-client."""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


@dataclass(frozen=True)
class Operation:
    """One method of the API, such as calendar.events.insert, with the values found in its path."""

    id: str
    description: dict[str, Any]
    path_values: dict[str, str]


@lru_cache(maxsize=1)
def shipped_document() -> dict[str, Any]:
    """The document, read once."""
    source = files("googleapiclient") / "discovery_cache" / "documents" / "calendar.v3.json"
    document: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return document


class Discovery:
    """The document, indexed by verb and path."""

    def __init__(self) -> None:
        self.document = shipped_document()
        self.schemas = self.document["schemas"]
        self.scopes = frozenset(self.document["auth"]["oauth2"]["scopes"])
        self._paths: list[tuple[str, re.Pattern[str], dict[str, Any]]] = []
        for resource in self.document["resources"].values():
            for method in resource["methods"].values():
                pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(method["path"]))
                self._paths.append((method["httpMethod"], re.compile(pattern), method))

    def find(self, verb: str, path: str) -> Operation | None:
        """The operation with this verb at this path under the service's root, fixed paths before those with holes."""
        found = []
        for method_verb, pattern, method in self._paths:
            match = pattern.fullmatch(path)
            if method_verb == verb and match:
                values = {name: unquote(value) for name, value in match.groupdict().items()}
                found.append(Operation(method["id"], method, values))
        return min(found, key=lambda operation: len(operation.path_values), default=None)

    def request_faults(self, operation: Operation, query: dict[str, list[str]], body: Any) -> list[str]:
        """What the document refuses in a request: parameters and the body's properties."""
        faults = []
        known = {**self.document["parameters"], **operation.description.get("parameters", {})}
        for name, values in query.items():
            if name not in known or known[name].get("location") != "query":
                faults.append(f"unknown parameter {name}")
                continue
            if len(values) > 1 and not known[name].get("repeated"):
                faults.append(f"parameter {name} given {len(values)} times")
            faults += [fault for value in values for fault in _parameter_faults(name, value, known[name])]
        for name, description in known.items():
            if description.get("required") and name not in query and name not in operation.path_values:
                faults.append(f"parameter {name} is missing")
        expected = operation.description.get("request")
        if expected is None:
            return faults + (["a body where none belongs"] if body is not None else [])
        if body is None:
            return [*faults, "the body is missing"]
        return faults + self._value_faults("body", body, expected, operation.id)

    def answer_faults(self, operation: Operation, body: Any) -> list[str]:
        """What the document refuses in an answer of ours."""
        expected = operation.description.get("response")
        if expected is None:
            return [] if body is None else ["a body where none belongs"]
        return self._value_faults("answer", body, expected, "")

    def _value_faults(self, place: str, value: Any, schema: dict[str, Any], method_id: str) -> list[str]:
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        kind = schema.get("type", "any")
        if kind == "any" or (value is None and place != "answer" and method_id.endswith(".patch")):
            return []
        if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
            return [f"{place} is not of type {kind}"]
        if isinstance(value, list):
            nested = [
                self._value_faults(f"{place}[{at}]", one, schema["items"], method_id) for at, one in enumerate(value)
            ]
            return [fault for faults in nested for fault in faults]
        if isinstance(value, dict):
            return self._object_faults(place, value, schema, method_id)
        allowed = schema.get("enum") or possible_values(schema.get("description", ""))
        if allowed and value not in allowed:
            return [f"{place} is none of {', '.join(allowed)}"]
        return _format_faults(place, value, schema)

    def _object_faults(self, place: str, value: dict[str, Any], schema: dict[str, Any], method_id: str) -> list[str]:
        faults = []
        properties = schema.get("properties", {})
        for name, one in value.items():
            inner = properties.get(name) or schema.get("additionalProperties")
            if inner is None:
                faults.append(f"{place}.{name} is unknown")
            else:
                faults += self._value_faults(f"{place}.{name}", one, inner, method_id)
        for name, inner in properties.items():
            if method_id and method_id in inner.get("annotations", {}).get("required", ()) and name not in value:
                faults.append(f"{place}.{name} is missing")
        return faults


@cache
def possible_values(description: str) -> list[str]:
    """The closed list of values that Google writes into a description instead of an enum."""
    if "Possible values are:" not in description or "Some of the possible" in description:
        return []
    told = description.split("Possible values are:", 1)[1]
    return re.findall(r'^\s*- "(\w+)" - ', told, flags=re.MULTILINE)


def _parameter_faults(name: str, value: str, description: dict[str, Any]) -> list[str]:
    kind = description["type"]
    if kind == "boolean" and value not in {"true", "false"}:
        return [f"parameter {name} is no boolean"]
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", value):
            return [f"parameter {name} is no integer"]
        low, high = (int(description.get(bound, value)) for bound in ("minimum", "maximum"))
        if not low <= int(value) <= high:
            return [f"parameter {name} is out of range"]
    if "enum" in description and value not in description["enum"]:
        return [f"parameter {name} is none of {', '.join(description['enum'])}"]
    return _format_faults(f"parameter {name}", value, description)


def _format_faults(place: str, value: Any, schema: dict[str, Any]) -> list[str]:
    form = schema.get("format")
    try:
        if form == "date-time":
            # A body's dateTime may leave its offset to timeZone beside it; a parameter may not.
            pattern = _RFC3339 if place.startswith("parameter") or place.count(".") < 2 else _LOCAL_TIME
            if not (pattern.fullmatch(value) or _RFC3339.fullmatch(value)):
                return [f"{place} is no RFC 3339 instant"]
            datetime.fromisoformat(value)
        if form == "date":
            date.fromisoformat(value)
    except ValueError:
        return [f"{place} is no {form}"]
    if form == "int32" and isinstance(value, int) and not -(2**31) <= value < 2**31:
        return [f"{place} is out of range"]
    return []
