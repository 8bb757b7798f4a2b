"""The words people read: every text goes through gettext, in the language of the browser where there is a catalogue.

Catalogues stand in `core/ui/locale/<language>/LC_MESSAGES/careslot.mo`; without one the English of the source is shown.
"""

import gettext
import re
from functools import cache
from pathlib import Path

from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.domain.errors import CareSlotError

DOMAIN = "careslot"
LOCALES = Path(__file__).with_name("locale")
SOURCE_LANGUAGE = "en"

# What means something in Streamlit's Markdown: of CommonMark, tables, strikethrough, formulas and :colours[]; and what
# begins a list where it stands first.
_MARKS = re.compile(r"([\\`*_\[\]<>$~|:#&!]|^[-+])")
_FIRST_NUMBER = re.compile(r"^(\d+)([.)])")
# What turns into a link by itself, escaped or not; an unseen word joiner keeps it from that.
_LINK_BEGINS = re.compile(r"(https?|ftp)(?=\\?:)|(www)(?=\.)", re.IGNORECASE)
_IN_EMAIL = re.compile(r"(?<=[\w.+-])(?=@\w)")
_WORD_JOINER = "\u2060"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The messages of a language such as "de", or those of the source where it has none."""
    return gettext.translation(DOMAIN, LOCALES, [language], fallback=True)


def language() -> str:
    """The language of the visitor's browser, such as "en"; that of the source outside a visit."""
    run = get_script_run_ctx(suppress_warning=True)
    if run is None or run.context_info is None:
        return SOURCE_LANGUAGE
    asked = run.context_info.locale.split("-")[0]  # st.context.locale says the same; it takes most of a message's time
    return asked if asked in _languages() else SOURCE_LANGUAGE


@cache
def _languages() -> frozenset[str]:
    """The languages that have a catalogue; what else a browser asks for reaches no file and no cache."""
    return frozenset(folder.name for folder in LOCALES.glob("*") if folder.is_dir())


def _(message: str) -> str:
    """The message in the visitor's language; `{fields}` are filled in afterwards, by the caller's format()."""
    return catalogue(language()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """The message for this count in the visitor's language, with `{count}` filled in."""
    return catalogue(language()).ngettext(one, many, count).format(count=count)


def sentence_of(error: CareSlotError) -> str:
    """An expected error's sentence in the visitor's language, and what is put into it where that is a text of ours."""
    fields = {
        name: _(value) if isinstance(value, str) and value else value  # an empty message is the catalogue's own header
        for name, value in error.fields.items()
    }
    return _(error.sentence).format(**fields)


def without_links(sentence: str) -> str:
    """A sentence of ours whose email addresses are examples, not something to press."""
    return _IN_EMAIL.sub(_WORD_JOINER, sentence)


def plain(text: str) -> str:
    """What somebody typed, on one line, for use amid Markdown and labels: shown as typed, without formatting or links."""
    escaped = _FIRST_NUMBER.sub(r"\1\\\2", _MARKS.sub(r"\\\1", " ".join(text.split())))
    return _LINK_BEGINS.sub(rf"\g<0>{_WORD_JOINER}", escaped)
