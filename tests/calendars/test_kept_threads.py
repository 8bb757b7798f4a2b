import threading

import pytest

from core.calendars import kept_threads
from core.calendars.kept_threads import KeptThreads


def test_work_is_done_by_the_threads_that_are_there_already() -> None:
    threads = KeptThreads("kept-test", 4)
    names = {threads.submit(lambda: threading.current_thread().name).result(5) for _ in range(50)}
    assert len(names) <= 2  # a second one may start while the first is about to wait for more


def test_no_more_than_so_many_work_at_once() -> None:
    threads, together, alone = KeptThreads("kept-test", 3), threading.Barrier(3), threading.Barrier(4)

    def meet() -> int:
        return together.wait(5)

    assert sorted(future.result(5) for future in [threads.submit(meet) for _ in range(6)]) == [0, 0, 1, 1, 2, 2]

    def wait_for_a_fourth() -> bool:
        try:
            alone.wait(0.2)
        except threading.BrokenBarrierError:
            return False
        return True

    assert not any(future.result(5) for future in [threads.submit(wait_for_a_fourth) for _ in range(4)])


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    def fail() -> None:
        raise LookupError

    threads = KeptThreads("kept-test", 1)
    with pytest.raises(LookupError):
        threads.submit(fail).result(5)
    assert threads.submit(lambda: 7).result(5) == 7


def test_what_has_not_begun_can_be_cancelled() -> None:
    threads, gate = KeptThreads("kept-test", 1), threading.Event()
    done: list[int] = []
    first = threads.submit(lambda: gate.wait(5))
    second = threads.submit(lambda: done.append(2))
    third = threads.submit(lambda: done.append(3))
    assert second.cancel()
    gate.set()
    assert first.result(5)
    third.result(5)
    assert done == [3]


def test_idle_threads_end_and_new_ones_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_threads, "IDLE_SECONDS", 0.05)
    threads = KeptThreads("kept-idle", 2)
    first = threads.submit(threading.current_thread).result(5)
    first.join(5)
    assert not first.is_alive()
    assert threads.submit(threading.current_thread).result(5) is not first
