"""The one place that shows errors: expected ones as their sentence, others as a reference that stands in the log too."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from core.domain.errors import CareSlotError
from core.domain.principal import SignInNeeded
from core.telemetry.unexpected import report
from core.ui.words import _, sentence_of, without_links


@contextmanager
def showing_errors() -> Iterator[None]:
    """Show what goes wrong inside, in words, and go on after it; Streamlit's own stop and rerun pass through."""
    try:
        yield
    except SignInNeeded as error:
        st.warning(sentence_of(error))
        # In a callback the pages of this run are not known yet; the run that follows shows the sign-in itself.
        with suppress(StreamlitPageNotFoundError):
            st.page_link("pages/sign_in.py", label=_("Sign in"), icon=":material/login:")
    except CareSlotError as error:
        st.error(without_links(sentence_of(error)))
    except Exception as error:  # noqa: BLE001 - the last resort: people get a reference, never a traceback
        show_unexpected(error)


def show_unexpected(error: Exception) -> bool:
    """Log the error under a reference and show that reference; True, so that nothing else is shown."""
    reference = report(error, "page")
    st.error(
        _(
            "Something went wrong on our side. Nothing was lost; please try again. If it happens again, call the "
            "clinic and mention {reference}."
        ).format(reference=reference)
    )
    return True
