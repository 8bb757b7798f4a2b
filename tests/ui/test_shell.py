"""The frame around pages: the browser's title, and messages that stay in view."""

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1.element_tree import Block

from core.ui.menu import ENTRIES, Entry
from core.ui.shell import BRAND
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_browser_names_the_page_first(
    clinic: MadeClinic, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, entry: Entry
) -> None:
    titles: list[str] = []
    configure = st.set_page_config

    def note(**options: object) -> None:
        titles.extend([str(options["page_title"])] if "page_title" in options else [])
        configure(**options)  # type: ignore[arg-type]

    monkeypatch.setattr(st, "set_page_config", note)
    open_page(entry.name)
    assert titles == [f"{entry.title()} · CareSlot"]


def told(block: Block) -> Iterator[str]:
    """The messages in the place that the style sheet keeps in view."""
    if str(getattr(block.proto, "id", "")).endswith("-told"):
        yield from (message.value for message in block.success)
        return
    for child in block.children.values():
        if isinstance(child, Block):
            yield from told(child)


def test_what_was_told_stands_in_the_place_that_the_style_sheet_keeps_in_view(
    clinic: MadeClinic, open_page: OpenPage
) -> None:
    visit = open_page("setup", clinic["manager"])
    assert list(told(visit.main)) == []
    visit = visit.button(key="setup_clinic_submit").click().run()
    assert list(told(visit.main)) == ["The clinic's details and rules were saved."]
    assert ".st-key-told" in (BRAND / "careslot.css").read_text()
