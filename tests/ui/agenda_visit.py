"""Driving the page Agenda without a browser: the calendar's callbacks are put where Streamlit keeps them."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def _calendar(visit: AppTest) -> Any:
    """The calendar component's message to the browser; AppTest has no name for it."""
    (found,) = (element.proto for element in visit.main if element.type == "component_instance")
    return found


def drawn(visit: AppTest) -> dict[str, dict[str, Any]]:
    """The appointments in the grid by number."""
    events = json.loads(_calendar(visit).json_args)["events"]
    return {event["id"]: event for event in events if "id" in event}


def closed(visit: AppTest) -> list[str]:
    """The reasons of closed time in the grid."""
    return [event["title"] for event in json.loads(_calendar(visit).json_args)["events"] if "id" not in event]


def options(visit: AppTest) -> dict[str, Any]:
    return dict(json.loads(_calendar(visit).json_args)["options"])


def has_grid(visit: AppTest) -> bool:
    return any(element.type == "component_instance" for element in visit.main)


def hear(visit: AppTest, callback: str, content: dict[str, Any]) -> AppTest:
    """As if the calendar had sent this callback."""
    name = _calendar(visit).id
    visit.session_state[name[name.index("agenda_grid") :]] = {"callback": callback, callback: content}
    return visit.run()


def click(visit: AppTest, number: int) -> AppTest:
    return hear(visit, "eventClick", {"event": {"id": str(number)}})


def click_time(visit: AppTest, wall: str) -> AppTest:
    return hear(visit, "dateClick", {"allDay": False, "date": f"{wall}.000Z"})


def drag(visit: AppTest, number: int, start: str, end: str, *, revision: int | None = None) -> AppTest:
    """Drop an appointment of the grid at these wall times; `revision` as the browser knew it."""
    old = drawn(visit)[str(number)]
    new = {**old, "start": start, "end": end}
    if revision is not None:
        new["extendedProps"] = {**old["extendedProps"], "revision": revision}
    return hear(visit, "eventChange", {"oldEvent": old, "event": new})


def press(visit: AppTest, key: str) -> AppTest:
    return visit.button(key=key).click().run()


def keys(visit: AppTest) -> set[str]:
    """The keys of all buttons on the page."""
    return {button.key for button in visit.main.button if button.key}
