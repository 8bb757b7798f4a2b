"""Marking texts that people read where no language is known yet; core.ui.words translates them when they are shown."""


def N_(message: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """The message as it is: marked so that extraction finds it."""
    return message
