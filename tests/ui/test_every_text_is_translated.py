"""Looked for in the source: a text that people read and that no catalogue could ever translate."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("pages/*.py"), *ROOT.glob("core/ui/**/*.py")])
SHOWS = {
    *("title", "header", "subheader", "write", "markdown", "caption", "text", "info", "warning", "error", "success"),
    *("button", "form_submit_button", "download_button", "link_button", "page_link", "toggle", "checkbox", "radio"),
    *("text_input", "text_area", "number_input", "selectbox", "multiselect", "date_input", "time_input", "expander"),
    *("popover", "segmented_control", "pills", "spinner", "progress", "tell", "toast", "metric"),
}
NAMED = {"label", "help", "placeholder", "text"}
WORDS = re.compile(r"[A-Za-z]{2,}")
NO_WORDS = re.compile(r":material/\w+:|:\w+\[|\]|<[^>]+>")


def literal(node: ast.expr) -> str:
    """The words that stand in the source itself, without what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return " ".join(literal(part) for part in node.values)
    return ""


def untranslated(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in SHOWS:
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "_log":
            continue
        first = [] if node.func.attr == "page_link" else node.args[:1]  # a page's file comes first there
        shown = [*first, *(named.value for named in node.keywords if named.arg in NAMED)]
        for text in shown:
            if WORDS.search(NO_WORDS.sub("", literal(text))):
                yield f"{path.relative_to(ROOT)}:{text.lineno}: {literal(text)!r}"


def test_the_search_finds_a_bare_text() -> None:
    call = ast.parse('st.button(f"Book {when}", help="Now")', mode="eval").body
    assert isinstance(call, ast.Call)
    assert WORDS.search(NO_WORDS.sub("", literal(call.args[0])))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_that_people_read_goes_through_gettext(path: Path) -> None:
    assert list(untranslated(path)) == []
