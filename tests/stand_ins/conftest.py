"""Fixtures of the stand-ins' own tests."""

from collections.abc import Iterator

import pytest

from tests.stand_ins.google import GoogleStandIn
from tests.stand_ins.google_raw_client import Client, person


@pytest.fixture
def server() -> Iterator[GoogleStandIn]:
    with GoogleStandIn() as running:
        yield running


@pytest.fixture
def client(server: GoogleStandIn) -> Iterator[Client]:
    made = Client(server, person(server))
    yield made
    made.http.close()
    assert server.violations == []
