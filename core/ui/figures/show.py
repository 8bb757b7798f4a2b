"""The figures on the page: filters, six charts each under its sentence, the list behind a mark, and all figures."""

from collections.abc import Mapping
from zlib import crc32

import streamlit as st

from core.reports.report import Period, Question
from core.ui.agenda.toolbar import on_phone
from core.ui.figures.all_figures import show_all_figures
from core.ui.figures.behind import open_list, open_mark, show_behind
from core.ui.figures.downloads import offer_downloads
from core.ui.figures.filter_row import ask_question
from core.ui.figures.numbers import period_words
from core.ui.figures.panel import Panel
from core.ui.figures.told import Told, told
from core.ui.figures.vega import CHOSEN, SELECTION
from core.ui.shell import Page
from core.ui.words import _, plain


def show_figures(page: Page) -> None:
    """All of it, for what the filters ask."""
    question = ask_question(page)
    if question is None:
        return
    report = page.app.reports.report(page.principal, question)
    st.caption(period_words(question.period))
    if not report.visits:
        st.info(_("No appointments lie in this period, so there is little to show. Choose another one above."))
    found = told(report)
    _show_panels(page, question, found)
    show_all_figures(found.shown, found.table, question.period)


def _show_panels(page: Page, question: Question, found: Told) -> None:
    """Two beside each other, or one on a phone; an open list stands under them, as wide as the page."""
    beside = 1 if on_phone() else 2
    chosen = open_mark()
    for first in range(0, len(found.panels), beside):
        row = found.panels[first : first + beside]
        for column, panel in zip(st.columns(beside), row, strict=True):
            with column:
                _show_panel(panel, found.choices[panel.name], question.period, chosen)
        for panel in row:
            if chosen in panel.marks:
                show_behind(page, question, chosen, panel.marks[chosen])


def _show_panel(panel: Panel, choices: Mapping[str, str], period: Period, chosen: str) -> None:
    with st.container(border=True, height="stretch", key=f"figures_{panel.name}"):
        st.header(plain(panel.sentence), anchor=False)
        if panel.spec is not None:
            _draw(panel, chosen)
        st.caption(plain(panel.caption))
        if choices:
            _choose_mark(panel.name, choices, chosen)
        table = st.expander(_("Table and downloads"), key=f"figures_table_{panel.name}", on_change="rerun")
        if table.open:
            with table:
                st.dataframe(
                    {name: [row[at] for row in panel.table.rows] for at, name in enumerate(panel.table.columns)},
                    hide_index=True,
                    alt=plain(panel.sentence),
                )
                offer_downloads(panel.name, panel.table, period)


def _draw(panel: Panel, chosen: str) -> None:
    """The chart; a click on one of its marks opens the list behind it, and a click on the open one closes it.

    What is chosen is part of the widget's name: the browser then forgets its own selection, which would outlive the list.
    """
    spec = {**(panel.spec or {}), "params": [{"name": CHOSEN, "value": chosen if chosen in panel.marks else ""}]}
    alt = _("{sentence} The table below holds the same numbers.").format(sentence=panel.sentence)
    if not panel.marks:
        st.vega_lite_chart(spec, alt=alt)
        return
    key = f"figures_chart_{panel.name}_{crc32(repr((chosen, sorted(panel.marks))).encode()):08x}"

    def turn() -> None:
        clicked = st.session_state[key]["selection"][SELECTION]
        mark = clicked[0]["mark"] if clicked else None
        open_list(None if mark == chosen else mark)

    st.vega_lite_chart(spec, key=key, on_select=turn, alt=alt)


def _choose_mark(name: str, choices: Mapping[str, str], chosen: str) -> None:
    """The same by keyboard."""
    key = f"figures_mark_{name}"
    st.session_state[key] = chosen if chosen in choices else None
    st.selectbox(
        _("Show the visits behind…"),
        list(choices),
        format_func=choices.__getitem__,
        key=key,
        index=None,
        placeholder=_("Show the visits behind…"),
        label_visibility="collapsed",
        on_change=lambda: open_list(st.session_state[key]),
    )
