"""Going on where the connection to the server was lost, as when it is started anew or another process takes over."""

from datetime import timedelta

import streamlit as st

SELDOM = timedelta(hours=12)


@st.fragment(run_every=SELDOM)
def run_again_when_reconnected() -> None:
    """Have the browser ask for the whole page as soon as it is connected again.

    Streamlit's own script does so only on a page that runs something by itself, however seldom. On any other, the first
    tap after a restart would be lost: the new process has never drawn the button, and knows nothing to call for it.
    """
