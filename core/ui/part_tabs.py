"""The parts of a page as tabs; which one is open stands in the address, so that links lead to each."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

P = TypeVar("P", bound=StrEnum)


def asked_part(kind: type[P]) -> P:
    """The part that the address asks for, or the first."""
    asked = st.query_params.get("part", "")
    return next((part for part in kind if part == asked), next(iter(kind)))


def open_part(part: StrEnum, **query: str) -> None:
    """Turn the address to a part; for callbacks, after which the page runs anew."""
    st.query_params.from_dict({"part": part.value, **query})


def part_tabs(key: str, titles: Mapping[P, str]) -> tuple[P, DeltaGenerator]:
    """Draw the tabs; the part that is open, and the place for its content."""
    parts = list(titles)
    chosen = asked_part(type(parts[0]))
    st.session_state[key] = titles[chosen]

    def turn() -> None:
        by_title = {title: part for part, title in titles.items()}
        open_part(by_title.get(st.session_state[key], parts[0]))

    tabs = st.tabs(list(titles.values()), key=key, on_change=turn)
    return chosen, tabs[parts.index(chosen)]
