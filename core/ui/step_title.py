"""The heading of a step: it takes the focus when the step begins, so that eyes, screen readers and keyboards follow."""

import json

import streamlit as st

_SHOWN = "careslot_step_shown"

# The heading may be drawn a moment after the script, and stands under the page's own header when scrolled to.
_FOCUS = """<script>(step => {
  let tries = 0;
  const look = () => {
    const heading = document.querySelector('.st-key-careslot_step h1');
    if (!heading) { if (++tries < 40) setTimeout(look, 50); return; }
    heading.tabIndex = -1;
    heading.style.outline = 'none';
    heading.style.scrollMarginTop = '5rem';
    heading.focus({preventScroll: true});
    heading.scrollIntoView({block: 'nearest'});
  };
  look();
})(STEP)</script>"""


def step_title(text: str, step: str) -> None:
    """The title of a step; `step` names it and its page, such as "book time", and holds nothing of a person."""
    with st.container(key="careslot_step"):
        st.title(text, anchor=False)
    before, count = st.session_state.get(_SHOWN, ("", 0))
    if before != step:
        count += 1
        st.session_state[_SHOWN] = (step, count)
    # A page that was just opened begins at its top by itself.
    if before and count > 1:
        st.html(_FOCUS.replace("STEP", json.dumps(f"{step} {count}")), unsafe_allow_javascript=True)
