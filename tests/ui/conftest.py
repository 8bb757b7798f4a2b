"""A clinic whose pages are opened as a browser would, through Home, without a server."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from core.bootstrap import App, build
from core.domain.principal import Principal
from core.settings import Settings
from core.ui import application
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic, make_clinic

HOME = Path(__file__).parents[2] / "Home.py"
SECONDS = 30

OpenPage = Callable[..., AppTest]


@pytest.fixture(autouse=True, scope="session")
def one_look_for_components() -> Iterator[None]:
    """AppTest reads what every installed package says of itself, each time, which takes longer than a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", lru_cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture
def app(tmp_path: Path, sqlite_url: str, clock: HandClock) -> Iterator[App]:
    """The application on a fresh database, handed to the pages of this process."""
    settings = Settings(data_folder=tmp_path, database_url=sqlite_url, demo=False, environment="development")
    made = build(settings, clock)
    application.use(made)
    yield made
    application.use(None)
    made.close()


@pytest.fixture
def clinic(app: App, clock: HandClock) -> MadeClinic:
    return make_clinic(app.store, clock)


@pytest.fixture
def open_page(app: App, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Open the page of a name as somebody, with query parameters, through Home.

    Give a principal of `clinic` for somebody who is signed in. Drive the AppTest that comes back.
    """

    class ThroughHome(PagesManager):
        """AppTest begins every run as a cold server would; a warm one has put the folder out of use."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            PagesManager.uses_pages_directory = False

    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", ThroughHome)
    # There is no browser: without this, Streamlit answers with a stand-in for cookies, language and zone.
    monkeypatch.setattr("streamlit.runtime.context._get_client_context", lambda: None)

    def open_it(name: str, principal: Principal | None = None, **query: Any) -> AppTest:
        visit = AppTest.from_file(str(HOME), default_timeout=SECONDS)
        if principal is not None and principal.session_id is not None:
            visit.session_state["careslot_session_id"] = principal.session_id
        for key, value in query.items():
            visit.query_params[key] = str(value)
        if name != "home":
            visit.switch_page(f"pages/{name}.py")
        return visit.run()

    return open_it


def words(visit: AppTest) -> str:
    """All text that stands on the page but in tables, for looking into."""
    texts = [
        str(getattr(element, "value", "") or getattr(element, "label", "") or getattr(element, "body", ""))
        for block in (visit.main, visit.sidebar)
        for element in block
        if element.type != "dataframe"
    ]
    return "\n".join(texts)
