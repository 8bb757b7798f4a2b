"""The clinic's details and its rules for bookings."""

from dataclasses import asdict, dataclass

import streamlit as st

from core.domain.policy import Policy
from core.ui import shell
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.setup.opening import details_fields
from core.ui.shell import Page
from core.ui.words import _

FORM = "setup_clinic"
MINUTES_AN_HOUR = 60
FAR = 1_000_000.0
"""Hours: further than any rule may be."""
NOTHING = -1
"""What an emptied field falls back to: no rule may be so."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's field in the policy, its label with the unit, what it does, and whether it is shown in hours."""

    field: str
    label: str
    does: str
    in_hours: bool = False


def rules() -> tuple[Rule, ...]:
    """The rules in the order in which a booking meets them."""
    return (
        Rule(
            "notice_minutes",
            _("Notice (hours)"),
            _("Online booking closes this long before a visit; later, patients are asked to call."),
            in_hours=True,
        ),
        Rule("horizon_days", _("Booking ahead (days)"), _("How far ahead patients can book.")),
        Rule(
            "cutoff_minutes",
            _("Free cancellation (hours)"),
            _("Whoever cancels or moves a visit later than this before it gets a late mark."),
            in_hours=True,
        ),
        Rule(
            "max_upcoming",
            _("Upcoming visits (appointments)"),
            _("How many appointments a patient may have ahead at the same time."),
        ),
        Rule(
            "hold_minutes",
            _("Hold (minutes)"),
            _("How long a time is kept for somebody who has chosen it and is filling in the form."),
        ),
        Rule(
            "grid_minutes",
            _("Grid (minutes)"),
            _("Appointments start every so many minutes, counted from opening time."),
        ),
    )


def show_clinic(page: Page) -> None:
    """The form of details and rules, saved together."""
    clinic = page.clinic
    form = KeptForm.of(FORM)
    # No st.form: what stands in one is known only once it is sent, and a look at another part would lose it.
    with st.container(width=WIDTH):
        st.header(_("Details"))
        values = details_fields(form, clinic)
        st.markdown(_("**Time zone:** {zone}").format(zone=clinic.zone.key))
        st.caption(
            _(
                "All hours and appointments are kept in the clock time of this zone. It stays as it was chosen when the "
                "clinic was opened, for another one would move every one of them."
            )
        )
        st.header(_("Rules for bookings"))
        policy = Policy(**_rule_fields(form, clinic.policy))
        if form.changed:
            st.caption(_(":material/edit: These details are not saved yet."))
        with st.container(horizontal=True):
            pressed = st.button(_("Save"), key=form.field("submit"), type="primary", icon=":material/save:")
            if form.changed:
                st.button(_("Undo the changes"), key=form.field("undo"), icon=":material/undo:", on_click=form.done)
    if pressed:
        with form.collecting():
            page.app.setup.save_clinic(page.principal, policy=policy, **values)
            form.done()
            shell.tell(_("The clinic's details and rules were saved."))
            st.rerun()


def _rule_fields(form: KeptForm, policy: Policy) -> dict[str, int]:
    current: dict[str, int] = asdict(policy)
    typed = {}
    both = rules()
    for pair in zip(both[::2], both[1::2], strict=True):
        for column, rule in zip(st.columns(2), pair, strict=True):
            with column:
                typed[rule.field] = _number(form, rule, current[rule.field])
                st.caption(rule.does)
                form.under(rule.field)
    return typed


def _number(form: KeptForm, rule: Rule, value: int) -> int:
    # Without the rule's bounds: a field keeps what lies outside of its own to itself, and nobody is told why.
    if not rule.in_hours:
        return st.number_input(rule.label, NOTHING, step=1, key=form.kept(rule.field, value))
    key = form.kept(rule.field, value / MINUTES_AN_HOUR)
    hours = st.number_input(rule.label, float(NOTHING), step=0.5, format="%g", key=key)
    return round(min(hours, FAR) * MINUTES_AN_HOUR)
