"""One chart with all that belongs to it, as a value: made by the chart's own file, drawn by the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.reports.export import Table


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart's `name` (in keys and files), the sentence that it shows and what stands under it, all plain text.

    `spec` is the chart in Vega-Lite, None where there is nothing to draw; `marks` are what can be asked for, by the text
    that the address names them with, and what they show in words.
    """

    name: str
    sentence: str
    caption: str
    spec: dict[str, Any] | None
    table: Table
    marks: Mapping[str, str] = field(default_factory=dict)
