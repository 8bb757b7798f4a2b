"""Who is let in at the server's door, and what browsers are told about what comes out."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from core.bootstrap import App
from core.settings import Settings
from core.telemetry import measurements
from core.ui import application
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.asking import SECRET, ask
from tests.ui.test_server import OWN_PAGE, VISIT, ticket_for


@pytest.fixture
def settings_of(app: App) -> Iterator[Callable[..., None]]:
    """Give the running application other settings."""

    def set_them(**given: str) -> None:
        known = {"environment": "development", **given}
        application.use(replace(app, settings=Settings(data_folder=app.settings.data_folder, **known)))

    yield set_them
    application.use(app)


PUBLIC = {"public_url": "https://book.example.com"}
NAMED = {"allowed_hosts": "desk.example.com, 10.0.0.5"}


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        ({}, "localhost:8501", 200),
        ({}, "127.0.0.1", 200),
        ({}, "[::1]:8501", 200),
        ({}, "192.168.0.7:8501", 200),
        ({}, "evil.example.com", 400),
        ({}, "localhost.example.com", 400),
        ({}, "", 400),
        ({}, "[", 400),
        (PUBLIC, "book.example.com", 200),
        (PUBLIC, "Book.Example.com:443", 200),
        (PUBLIC, "localhost", 200),
        ({**PUBLIC, "environment": "production"}, "book.example.com", 200),
        ({**PUBLIC, "environment": "production"}, "localhost", 400),
        ({**PUBLIC, "environment": "production"}, "10.0.0.5", 400),
        ({**PUBLIC, **NAMED}, "book.example.com", 200),
        (NAMED, "desk.example.com", 200),
        (NAMED, "10.0.0.5:8501", 200),
        (NAMED, "localhost", 200),
        (NAMED, "127.0.0.1:8501", 200),
        (NAMED, "[::1]:8501", 200),
        (NAMED, "192.168.0.7", 400),
        (NAMED, "evil.example.com", 400),
        ({**PUBLIC, **NAMED, "environment": "production"}, "desk.example.com", 200),
        ({**PUBLIC, **NAMED, "environment": "production"}, "localhost", 400),
        ({**PUBLIC, **NAMED, "environment": "production"}, "127.0.0.1", 400),
    ],
)
def test_only_the_names_of_the_clinic_are_answered(
    settings_of: Callable[..., None], settings: dict[str, str], host: str, status: int
) -> None:
    settings_of(**settings)
    assert ask("GET", "/plain", {"host": host}).status == status
    assert ask("WEBSOCKET", "/_stcore/stream", {"host": host}).status == (101 if status == 200 else status)
    assert ask("GET", "/healthz", {"host": host}).status == 200


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("http://localhost:8501", "localhost:8501", 101),
        ("https://book.example.com", "localhost:8501", 101),  # the proxy hands its own name on
        ("http://localhost:9999", "localhost:8501", 400),
        ("http://evil.example.com", "localhost:8501", 400),
        ("null", "localhost:8501", 400),
        ("http://[", "localhost:8501", 400),
        (None, "localhost:8501", 101),
    ],
)
def test_only_own_pages_open_a_websocket(
    settings_of: Callable[..., None], origin: str | None, host: str, status: int
) -> None:
    settings_of(**PUBLIC)
    headers = {"host": host} if origin is None else {"host": host, "origin": origin}
    assert ask("WEBSOCKET", "/_stcore/stream", headers).status == status


def test_files_are_taken_from_managers_and_streamlits_own_figures_are_closed(app: App, clinic: MadeClinic) -> None:
    upload = "/_stcore/upload_file/session/file"
    assert ask("PUT", upload).status == 403
    assert ask("PUT", upload, {"cookie": "careslot_session=made-up"}).status == 403
    for who, status in (("patient", 403), ("doctor", 403), ("manager", 204)):
        token = ask("POST", "/auth/session", OWN_PAGE, ticket_for(app, clinic, who)).cookies["careslot_session"].value
        both = f"careslot_visit={VISIT}; careslot_session={token}"
        assert ask("PUT", upload, {"cookie": both}).status == status
    assert ask("GET", "/_stcore/metrics", {"cookie": both}).status == 404


@pytest.mark.parametrize("path", ["/", "/plain", "/unchanged", "/nothing", "/broken", "/healthz", "/scripts/post.js"])
def test_every_answer_tells_browsers_what_may_run(settings_of: Callable[..., None], path: str) -> None:
    settings_of(**PUBLIC)
    for host in ("localhost", "evil.example.com"):
        headers = ask("GET", path, {"host": host}).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["script-src"].startswith("'self' 'sha256-")
        assert "unsafe" not in policy["script-src"]
        assert (policy["object-src"], policy["base-uri"], policy["form-action"]) == ("'none'", "'self'", "'self'")
        assert policy["frame-ancestors"] == "'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["strict-transport-security"] == "max-age=31536000"
    settings_of()
    assert "strict-transport-security" not in ask("GET", path).headers


def test_an_error_on_a_route_is_answered_with_its_reference_and_nothing_else(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ask("GET", "/broken")
    assert answer.status == 500
    (logged,) = [record.msg for record in caplog.records if record.name == "careslot.errors"]
    assert (logged["where"], logged["error"], logged["route"]) == ("request", "RuntimeError", "page")
    assert logged["request"]
    assert answer.body == f"Something went wrong. Please mention {logged['reference']}."
    assert SECRET not in str(logged)


def test_scripts_have_addresses_that_change_with_them_and_are_kept(app: App) -> None:
    answer = ask("GET", "/scripts/post.js")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert "immutable" in answer.headers["cache-control"]
    assert ask("GET", "/scripts/__init__.py").status == 404


def test_answers_and_refusals_are_counted_by_kinds_and_never_by_address(app: App) -> None:
    def value(name: str, **labels: str) -> float:
        return measurements.REGISTRY.get_sample_value(name, labels) or 0.0

    before = value("careslot_http_requests_total", route="page", status="404")
    refused = value("careslot_http_refused_total", why="host")
    ask("GET", "/patients/jane-smith")
    ask("GET", "/", {"host": "evil.example.com"})
    assert value("careslot_http_requests_total", route="page", status="404") == before + 1
    assert value("careslot_http_refused_total", why="host") == refused + 1
    assert b"jane" not in measurements.exposition()
