"""The one App of this process, shared by every visit and by the server's own routes."""

import threading

from core.bootstrap import App, build
from core.settings import read_settings

_lock = threading.Lock()
_app: App | None = None


def application() -> App:
    """This process's App, built at its first need."""
    global _app  # noqa: PLW0603 - one a process
    with _lock:
        if _app is None:
            _app = build(read_settings())
        return _app


def use(app: App | None) -> None:
    """Hand over the App that this process is to use; None lets go of it."""
    global _app  # noqa: PLW0603 - one a process
    with _lock:
        _app = app
