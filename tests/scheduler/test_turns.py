import signal
import threading
from collections.abc import Iterator
from time import sleep

import pytest

from core.scheduler.turns import Turns


def wait_for(turns: Turns, number: int) -> None:
    while len(turns._waiting) != number:
        sleep(0.001)


def test_threads_are_served_in_the_order_in_which_they_came() -> None:
    turns, served = Turns(), []

    def take(number: int) -> None:
        with turns:
            served.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    with turns:
        for number, thread in enumerate(threads, 1):
            thread.start()
            wait_for(turns, number)
    take(5)  # whoever has just had a turn comes after those who wait
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, 3, 4, 5]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Also where whoever started the tests lets them ignore interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_whoever_is_interrupted_while_waiting_leaves_the_turn_to_the_next() -> None:
    turns, served = Turns(), threading.Event()
    over = threading.Event()

    def hold() -> None:
        with turns:
            over.wait()

    def interrupt() -> None:
        wait_for(turns, 1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def take() -> None:
        with turns:
            served.set()

    holder = threading.Thread(target=hold)
    holder.start()
    while not turns._taken:
        sleep(0.001)
    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt), turns:
        pytest.fail("the turn was still taken")
    follower = threading.Thread(target=take)
    follower.start()
    wait_for(turns, 1)
    over.set()
    holder.join()
    follower.join()
    assert served.is_set()
    with turns:
        pass
