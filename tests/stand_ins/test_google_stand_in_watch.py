"""Push notifications of the Google stand-in: channels, and the real POSTs that they cause."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.calendars.scripted import Answer, scripted
from tests.stand_ins.google import GoogleStandIn
from tests.stand_ins.google_raw_client import Client, person, refusal, robot

ADDRESS = "https://clinic.example.com/hooks/google"


def watch(client: Client, **changes) -> dict[str, str]:
    body = {"id": "channel-1", "type": "web_hook", "token": "secret", "address": ADDRESS} | changes
    return client.events.watch(calendarId=client.calendar_id, body=body).execute()


def stop(client: Client, channel: dict[str, str]) -> None:
    client.service.channels().stop(body={name: channel[name] for name in ("id", "resourceId")}).execute()


def test_every_change_is_told_by_a_post_without_a_body(server, client) -> None:
    with scripted(POST=Answer(200)) as clinic:
        server.channels.routes["https://clinic.example.com"] = clinic.url
        opened = watch(client)
        client.insert()
        client.delete()
        server.channels.settle()
        posts = clinic.asked
    assert [headers["X-Goog-Resource-State"] for _, _, headers, _ in posts] == ["sync", "exists", "exists"]
    assert [headers["X-Goog-Message-Number"] for _, _, headers, _ in posts] == ["1", "2", "3"]
    for method, path, headers, body in posts:
        assert (method, path, body) == ("POST", "/hooks/google", b"")
        assert headers["X-Goog-Channel-ID"] == "channel-1"
        assert headers["X-Goog-Channel-Token"] == "secret"
        assert headers["X-Goog-Resource-ID"] == opened["resourceId"]


def test_a_channel_lives_for_a_week_or_as_long_as_asked() -> None:
    now = datetime.fromtimestamp(int(time.time()), UTC)
    with GoogleStandIn(clock=lambda: now) as server:
        client = Client(server, person(server))
        ends = {}
        for name, more in {"week": {}, "hour": {"expiration": str(int((now.timestamp() + 3600) * 1000))}}.items():
            ends[name] = datetime.fromtimestamp(int(watch(client, id=name, **more)["expiration"]) / 1000, UTC)
        assert ends == {"week": now + timedelta(days=7), "hour": now + timedelta(hours=1)}
        now += timedelta(hours=1)
        assert [one.id for one in server.channels.living] == ["week"]
        client.http.close()


def test_a_stopped_channel_is_silent_and_unknown(server, client) -> None:
    opened = watch(client)
    stop(client, opened)
    client.insert()
    server.channels.settle()
    assert [one.state for one in server.channels.deliveries] == ["sync"]
    assert refusal(lambda: stop(client, opened)) == (404, "notFound")


def test_only_whoever_opened_a_channel_may_stop_it(server, client) -> None:
    opened = watch(client)
    account = Client(server, robot(server))
    assert refusal(lambda: stop(account, opened)) == (404, "notFound")
    assert refusal(lambda: stop(client, opened | {"resourceId": "another"})) == (404, "notFound")
    account.http.close()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "a" * 65}, "invalid"),
        ({"id": "a b"}, "invalid"),
        ({"type": "email"}, "invalid"),
        ({"token": "a" * 257}, "invalid"),
    ],
)
def test_a_channel_of_another_form_is_refused(client, changes, reason) -> None:
    assert refusal(lambda: watch(client, **changes)) == (400, reason)


def test_an_address_without_https_and_a_taken_id_are_refused(client) -> None:
    assert refusal(lambda: watch(client, address="http://clinic.example.com/")) == (400, "push.webhookUrlNotHttps")
    watch(client)
    assert refusal(lambda: watch(client)) == (400, "channelIdNotUnique")


def test_messages_may_get_lost(server, client) -> None:
    server.channels.losing = True
    watch(client)
    server.channels.settle()
    assert [one.status for one in server.channels.deliveries] == [None]


def test_sixteen_clients_at_once_each_wait_their_own_latency() -> None:
    with GoogleStandIn() as server:
        calendar_id = server.new_calendar("Clinic")
        clients = [Client(server, robot(server)) for _ in range(16)]

        def insert(number: int) -> None:
            clients[number].calendar_id = calendar_id
            for turn in range(3):
                clients[number].insert(id=f"event{number:02}{turn}")

        server.latency = 0.2
        begun = time.monotonic()
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(insert, range(16)))
        assert time.monotonic() - begun < 48 * 0.2 / 2
        assert len(server.events(calendar_id)) == 48
        for client in clients:
            client.http.close()
