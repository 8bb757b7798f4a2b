"""Scripts that our pages have browsers run: each is a file, so that browsers refuse every script in a page's own text."""

import hashlib
from functools import cache
from html import escape
from pathlib import Path

import streamlit as st

ADDRESS = "/scripts"
_FOLDER = Path(__file__).parent


@cache
def scripts() -> dict[str, bytes]:
    """All of them, by the file's name."""
    return {path.name: path.read_bytes() for path in _FOLDER.glob("*.js")}


def run_script(name: str, **data: str) -> None:
    """Have the browser run the script of this name; it reads `data` from its own `dataset`.

    A browser runs it once for as long as nothing about it changes, whatever the number of runs of the page.
    """
    file = f"{name}.js"
    version = hashlib.sha256(scripts()[file]).hexdigest()[:12]
    given = "".join(f' data-{key}="{escape(value)}"' for key, value in data.items())
    st.html(f'<script src="{ADDRESS}/{file}?{version}"{given}></script>', unsafe_allow_javascript=True)
