"""What if: a form with changes, and what the last days would have come to with them."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.reports.export import Table
from core.reports.what_if import DAYS
from core.reports.what_if_result import WhatIfResult
from core.ui.figures.colours import chart_colours
from core.ui.figures.numbers import period_words
from core.ui.kept_form import KeptForm
from core.ui.shell import Page
from core.ui.what_if.assumptions import assumptions
from core.ui.what_if.charts import Compared, drawn, use_compared, use_table, waits_compared, waits_table
from core.ui.what_if.form import ask_scenario
from core.ui.what_if.sentences import (
    match_sentence,
    replayed_words,
    scenario_words,
    unmet_sentence,
    use_sentence,
    wait_sentence,
)
from core.ui.words import _, ngettext, plain

_FORM = "what_if"
_RESULT = "what_if_result"


def show_what_if(page: Page) -> None:
    """The form; the last result stands under it until the next one, whatever is typed meanwhile."""
    st.write(
        _(
            "Choose what might change. The requests of the last weeks are then told again, without the change and with it."
        )
    )
    form = KeptForm.of(_FORM)
    doctors, visit_types = page.app.setup.doctors(active=False), page.app.setup.visit_types()
    scenario = ask_scenario(form, [doctor for doctor in doctors if doctor.active], visit_types)
    label = ngettext("Replay the last day", "Replay the last {count} days", DAYS)
    pressed = st.button(label, key=form.field("replay"), type="primary", icon=":material/replay:")
    if pressed:
        st.session_state.pop(_RESULT, None)
        with form.collecting(), st.spinner(_("Replaying… A large clinic takes some seconds.")):
            st.session_state[_RESULT] = (page.principal.account_id, page.app.what_if.replay(page.principal, scenario))
    whose, result = st.session_state.get(_RESULT, (None, None))
    if isinstance(result, WhatIfResult) and whose == page.principal.account_id:
        names = {doctor.doctor_id: doctor.name for doctor in doctors}
        _show(result, names, {kind.visit_type_id: kind.name for kind in visit_types})
    _show_assumptions(page)


def _show(result: WhatIfResult, doctors: Mapping[int, str], visit_types: Mapping[int, str]) -> None:
    st.header(
        plain(_("What if: {changes}").format(changes=scenario_words(result.scenario, doctors, visit_types))),
        anchor=False,
    )
    st.caption(plain(f"{period_words(result.period)}. {replayed_words(result)}"))
    if result.all is None:
        return
    said = [*(wait_sentence(wait, result.runs) for wait in result.waits), use_sentence(result.all)]
    said += [words for words in [unmet_sentence(result)] if words]
    st.markdown("\n".join(f"- {plain(words)}" for words in said))
    left, right = st.columns(2)
    with left:
        _show_chart("waits", _("Days to the third free time"), waits_compared(result), "", waits_table(result))
    with right:
        _show_chart("use", _("Booked time by doctor, in %"), use_compared(result), " %", use_table(result))
    st.subheader(_("How near this comes to what really happened"), anchor=False)
    st.write(plain(match_sentence(result)))


def _show_chart(name: str, title: str, compared: Sequence[Compared], unit: str, table: Table) -> None:
    alt = _("{title}: {told}. The table below holds the same numbers.").format(
        title=title, told="; ".join(row.told for row in compared)
    )
    with st.container(border=True, height="stretch", key=f"what_if_{name}"):
        st.vega_lite_chart(drawn(title, compared, unit, chart_colours(st.context.theme.type)), alt=alt)
        with st.expander(_("Table"), key=f"what_if_table_{name}"):
            st.dataframe(
                {column: [row[at] for row in table.rows] for at, column in enumerate(table.columns)},
                hide_index=True,
                alt=title,
            )


def _show_assumptions(page: Page) -> None:
    with st.expander(_("What a replay takes for granted"), key="what_if_assumptions", expanded=True):
        st.markdown("\n".join(f"- {plain(words)}" for words in assumptions(page.clinic)))
