from streamlit.testing.v1 import AppTest

CLICK = {"callback": "eventClick", "eventClick": {"event": {"id": "7"}}}


def page() -> AppTest:
    def script() -> None:
        import streamlit as st

        from core.ui.agenda.calendar_grid import Grid, draw_grid
        from core.ui.agenda.grid_intentions import Intention

        def act(intention: Intention) -> None:
            st.session_state.setdefault("meant", []).append(intention.appointment_id)  # type: ignore[union-attr]

        st.button("Something else", key="other")
        draw_grid(Grid([], {"height": 300}, "", "grid"), act)

    return AppTest.from_function(script, default_timeout=60).run()


def meant(visit: AppTest) -> list[int]:
    return list(visit.session_state["meant"]) if "meant" in visit.session_state else []


def test_nothing_is_heard_before_anything_was_done() -> None:
    assert meant(page()) == []


def test_a_callback_is_heard_once_though_the_component_keeps_it() -> None:
    visit = page()
    visit.session_state["grid"] = CLICK
    visit.run()
    assert meant(visit) == [7]
    visit.button(key="other").click().run()
    visit.run()
    assert meant(visit) == [7]


def test_another_callback_that_comes_with_a_run_of_the_page_is_heard_too() -> None:
    visit = page()
    visit.session_state["grid"] = CLICK
    visit.run()
    visit.session_state["grid"] = {"callback": "eventClick", "eventClick": {"event": {"id": "8"}}}
    visit.button(key="other").click().run()
    assert meant(visit) == [7, 8]


def test_what_means_nothing_is_not_acted_upon() -> None:
    visit = page()
    visit.session_state["grid"] = {"callback": "eventsSet", "eventsSet": {"events": []}}
    visit.run()
    assert meant(visit) == []
    assert not visit.exception
