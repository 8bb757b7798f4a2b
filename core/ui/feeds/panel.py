"""Making a feed, showing its address once, and ending it: for a doctor's schedule, and for a patient's people."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.calendars.event import Detail
from core.domain.errors import BadInput
from core.scheduler.feeds import Feed
from core.scheduler.patients import Person
from core.ui.calendars.words import DETAILS, detail_caption, detail_name
from core.ui.feeds.address import feed_address
from core.ui.feeds.new_address import forget_address, keep_address, kept_address, show_address
from core.ui.shell import Page, showing_errors
from core.ui.times import full_date, local_day, near_time, zone_label
from core.ui.words import _, plain, sentence_of

_ICON = ":material/rss_feed:"
_STOPPED = "feed_stopped"
_SURE = "feed_sure"


def doctor_feed(page: Page, doctor_id: int, name: str = "") -> None:
    """The panel for a doctor's schedule, read when it is opened; `name` is the doctor's, where it is not one's own."""
    panel = st.expander(_("Calendar feed"), key=f"feed_doctor_{doctor_id}", icon=_ICON, on_change="rerun")
    if not panel.open:
        return
    with panel, showing_errors():
        if name and doctor_id != page.principal.doctor_id:
            words = _(
                "A secret address at which calendar programs, such as Google's, Apple's and Outlook, read the appointments "
                "of {doctor}. Nothing can be changed there."
            ).format(doctor=plain(name))
        else:
            words = _(
                "A secret address at which calendar programs, such as Google's, Apple's and Outlook, read your "
                "appointments. Nothing can be changed there."
            )
        st.markdown(words)
        feeds = page.app.feeds.of_doctor(page.principal, doctor_id)
        _of_doctor(page, doctor_id, next((feed for feed in feeds if feed.mine), None))
        for feed in feeds:
            if not feed.mine:
                _of_others(page, feed)


def people_feeds(page: Page, people: Sequence[Person]) -> None:
    """The panel for the people of a patient's account, read when it is opened."""
    panel = st.expander(_("Keep your own calendar up to date"), key="feed_people", icon=_ICON, on_change="rerun")
    if not panel.open:
        return
    with panel, showing_errors():
        st.markdown(
            _(
                "A secret address at which your calendar program, such as Google's, Apple's or Outlook, reads your "
                "appointments and follows each change: when, with whom, which visit and where. Never the reason."
            )
        )
        feeds = {feed.user_id: feed for feed in page.app.feeds.of_people(page.principal)}
        for person in people:
            with st.container(border=len(people) > 1, key=f"feed_of_{person.user_id}"):
                if len(people) > 1:
                    st.markdown(f"**{plain(person.name)}**")
                _of_person(page, person.user_id, feeds.get(person.user_id))


def _of_doctor(page: Page, doctor_id: int, feed: Feed | None) -> None:
    key = f"doctor_{doctor_id}"
    if _is_new(page, key):
        return
    _state(page, key, feed)
    detail = st.radio(
        _("What it may tell"),
        DETAILS,
        None if feed is None else DETAILS.index(Detail(feed.detail)),
        format_func=detail_name,
        captions=[detail_caption(one) for one in DETAILS],
        key=f"feed_detail_{doctor_id}",
    )
    wrong = st.container()
    _caution()

    def make() -> str:
        return page.app.feeds.make_for_doctor(page.principal, doctor_id, "" if detail is None else detail.value)

    try:
        _buttons(page, key, feed, make)
    except BadInput as error:
        wrong.error(sentence_of(error))


def _of_person(page: Page, user_id: int, feed: Feed | None) -> None:
    key = f"person_{user_id}"
    if _is_new(page, key):
        return
    _state(page, key, feed)
    _caution()
    _buttons(page, key, feed, lambda: page.app.feeds.make_for_person(page.principal, user_id))


def _of_others(page: Page, feed: Feed) -> None:
    words = _("{name} made another address on {date}. It tells: {detail}.").format(
        name=plain(feed.maker), date=_day(page, feed), detail=detail_name(Detail(feed.detail))
    )
    with st.container(horizontal=True, vertical_alignment="center", key=f"feed_other_{feed.feed_id}"):
        st.markdown(words)
        _stop_button(page, f"other_{feed.feed_id}", feed)


def _is_new(page: Page, key: str) -> bool:
    """Whether its address was just made; it is shown then, in the place of everything else."""
    token = kept_address(page, key)
    if token is None:
        return False
    show_address(page, key, feed_address(page.app.settings, token))
    return True


def _state(page: Page, key: str, feed: Feed | None) -> None:
    if st.session_state.pop(f"{_STOPPED}_{key}", False):
        st.success(_("Stopped. Nobody can read it at the old address any more."))
    if feed is None:
        return
    if feed.doctor_id is None:
        words = _("An address is in use since {date}.").format(date=_day(page, feed))
    else:
        words = _("An address is in use since {date}. It tells: {detail}.").format(
            date=_day(page, feed), detail=detail_name(Detail(feed.detail))
        )
    read = _("No program has read it yet.")
    if feed.read_at is not None:
        when, zone = near_time(feed.read_at, page.zone, page.clock()), zone_label(feed.read_at, page.zone)
        read = _("Last read about {when} ({zone}).").format(when=when, zone=zone)
    st.info(f"{words} {read}", icon=_ICON)


def _caution() -> None:
    st.caption(_("Anyone who has the address can read it, without signing in. Keep it like a password."))


def _buttons(page: Page, key: str, feed: Feed | None, make: Callable[[], str]) -> None:
    asked = feed is not None and bool(st.session_state.get(f"{_SURE}_{key}"))
    if asked:
        st.markdown(
            _(
                "**Make a new address?** The old one stops working at once: programs that read it see no change any more "
                "until they are given the new one."
            )
        )
    with st.container(horizontal=True):
        if feed is not None and not asked:
            st.button(
                _("Make a new address…"), key=f"feed_new_{key}", icon=":material/key:", on_click=_ask, args=(key, True)
            )
        else:
            label = _("Make a new address") if asked else _("Make an address")
            if st.button(
                label, key=f"feed_make_{key}", icon=":material/key:", type="primary" if asked else "secondary"
            ):
                keep_address(page, key, make())
                _ask(key, False)
                st.rerun()
        if asked:
            st.button(_("Keep the old one"), key=f"feed_keep_{key}", on_click=_ask, args=(key, False))
        elif feed is not None:
            _stop_button(page, key, feed)


def _ask(key: str, sure: bool) -> None:
    """A callback: ask, or don't ask any more, whether to make a new address."""
    st.session_state[f"{_SURE}_{key}"] = sure


def _stop_button(page: Page, key: str, feed: Feed) -> None:
    def stop() -> None:
        with showing_errors():
            page.app.feeds.revoke(page.principal, feed.feed_id)
            forget_address(key)
            st.session_state[f"{_STOPPED}_{key}"] = True

    st.button(
        f":red[{_('Stop')}]",
        key=f"feed_stop_{key}",
        icon=":material/link_off:",
        on_click=stop,
        help=_("Nobody can read it at this address any more."),
    )


def _day(page: Page, feed: Feed) -> str:
    return full_date(local_day(feed.created_at, page.zone))
