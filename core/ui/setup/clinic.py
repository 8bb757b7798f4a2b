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
    with st.form(form.key, border=False, width=WIDTH):
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
        pressed = st.form_submit_button(_("Save"), key=form.field("submit"), type="primary", icon=":material/save:")
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
    # Without bounds of its own: a field that has them keeps what lies outside to itself, and nobody is told why.
    key = form.field(rule.field)
    if not rule.in_hours:
        return int(st.number_input(rule.label, value=value, step=1, key=key))
    hours = st.number_input(rule.label, value=value / MINUTES_AN_HOUR, step=0.5, format="%g", key=key)
    return round(max(-FAR, min(hours, FAR)) * MINUTES_AN_HOUR)
