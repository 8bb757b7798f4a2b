"""The row of filters above the figures; each change goes into the address and closes the open list."""

from dataclasses import replace
from datetime import date

import streamlit as st

from core.reports.report import Period, Question
from core.ui.doctor_filter import choose_doctor
from core.ui.figures.filters import ADDRESS, FIRST_DAY, LAST_DAY, Filters, Preset, own_problem
from core.ui.shell import Page
from core.ui.times import local_day
from core.ui.words import _, plain

_PERIOD, _FROM, _TO = "figures_period", "figures_from", "figures_to"
_TYPED = "figures_days_typed"
_DOCTOR, _TYPE = "figures_doctor", "figures_type"


def ask_question(page: Page) -> Question | None:
    """Draw the filters; what they ask for, or None where there is no doctor to ask about."""
    types = {found.visit_type_id: found.name for found in page.app.setup.visit_types()}
    filters = Filters.read(st.query_params, types)
    today = local_day(page.clock(), page.zone)
    with st.container(horizontal=True, vertical_alignment="bottom", key="figures_filters"):
        with st.container(width=210):
            _choose_period(filters, today)
        if filters.preset is Preset.OWN:
            _choose_days(filters, today)
        with st.container(width=230):
            whose = choose_doctor(page, _DOCTOR, forget=("behind",))
        if whose is None:
            return None
        with st.container(width=210):
            _choose_type(filters, types)
        if filters != Filters() or "doctor" in st.query_params:
            st.button(_("Reset"), key="figures_reset", type="tertiary", icon=":material/undo:", on_click=_reset)
    _say_unfit_days(filters)
    return Question(filters.period(today), whose.doctor_id, filters.visit_type_id)


def preset_words(preset: Preset) -> str:
    """A period in words."""
    return {
        Preset.WEEK: _("Last 7 days"),
        Preset.FOUR_WEEKS: _("Last 28 days"),
        Preset.QUARTER: _("Last 90 days"),
        Preset.YEAR: _("Last 12 months"),
        Preset.OWN: _("Own dates"),
    }[preset]


def _turn_to(filters: Filters) -> None:
    for name in ADDRESS:
        st.query_params.pop(name, None)
    st.query_params.update(filters.address())


def _reset() -> None:
    _turn_to(Filters())
    st.session_state.pop(_TYPED, None)
    st.query_params.pop("doctor", None)
    st.session_state.pop(_DOCTOR, None)


def _choose_period(filters: Filters, today: date) -> None:
    def keep() -> None:
        preset = Preset(st.session_state[_PERIOD])
        _turn_to(replace(filters, preset=preset, own=filters.period(today) if preset is Preset.OWN else None))

    st.session_state[_PERIOD] = filters.preset.value
    st.selectbox(
        _("Period"),
        [preset.value for preset in Preset],
        format_func=lambda value: preset_words(Preset(value)),
        key=_PERIOD,
        on_change=keep,
        filter_mode=None,
    )


def _choose_days(filters: Filters, today: date) -> None:
    own = filters.period(today)

    def keep() -> None:
        typed = Period(st.session_state[_FROM], st.session_state[_TO])
        if own_problem(typed.first, typed.last):
            st.session_state[_TYPED] = (own, typed)
        else:
            _turn_to(replace(filters, own=typed))

    shown = _typed(own) or own
    for label, key, day in ((_("From"), _FROM, shown.first), (_("To and including"), _TO, shown.last)):
        st.session_state[key] = day
        with st.container(width=150):
            st.date_input(
                label,
                key=key,
                format="YYYY-MM-DD",
                min_value=FIRST_DAY,
                max_value=LAST_DAY,
                required=True,
                on_change=keep,
            )


def _typed(own: Period | None) -> Period | None:
    """Days that stand in the fields and can't be asked for, while the figures of `own` are shown."""
    kept: tuple[Period, Period] | None = st.session_state.get(_TYPED)
    if kept is not None and kept[0] == own:
        return kept[1]
    st.session_state.pop(_TYPED, None)
    return None


def _say_unfit_days(filters: Filters) -> None:
    typed = _typed(filters.own)
    if typed is not None:
        st.error(own_problem(typed.first, typed.last), icon=":material/error:")


def _choose_type(filters: Filters, types: dict[int, str]) -> None:
    def keep() -> None:
        _turn_to(replace(filters, visit_type_id=st.session_state[_TYPE] or None))

    names = {0: _("All visit types"), **types}
    st.session_state[_TYPE] = filters.visit_type_id or 0
    st.selectbox(
        _("Visit type"), list(names), format_func=lambda number: plain(names[number]), key=_TYPE, on_change=keep
    )
