"""Where a feed is read: below PUBLIC_URL, or while developing at this machine's own address; never what a request says."""

import streamlit as st

from core.settings import Settings

PREFIX, ENDING = "/feeds/", ".ics"


def feed_address(settings: Settings, token: str) -> str:
    """The whole address of the feed with this token."""
    public = settings.public_url or f"http://localhost:{st.get_option('server.port')}"
    return f"{public.rstrip('/')}{PREFIX}{token}{ENDING}"
