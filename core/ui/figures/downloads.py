"""A table as a file. It is made when it is asked for: a file made before would lie at an address that needs no sign-in."""

from functools import partial

import streamlit as st

from core.reports.export import Table, as_csv, as_excel
from core.reports.report import Period
from core.ui.words import _

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def offer_downloads(name: str, table: Table, period: Period) -> None:
    """The buttons for CSV and Excel; `name` goes into the files' names, and so does the period."""
    file_name = f"careslot-{name}-{period.first.isoformat()}-{period.last.isoformat()}"
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            _("CSV"),
            partial(as_csv, table),
            f"{file_name}.csv",
            "text/csv",
            key=f"figures_csv_{name}",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            _("Excel"),
            partial(as_excel, table),
            f"{file_name}.xlsx",
            _EXCEL,
            key=f"figures_excel_{name}",
            icon=":material/download:",
            on_click="ignore",
        )
