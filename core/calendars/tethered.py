"""Runs the calendar server in this process and leaves with the process that asked for it, even if that one is killed.

A script of its own, started with `-P`, so that nothing of ours is imported into the server. Its standard input is a
pipe that only the parent holds: the pipe ends when the parent does. (The kernel's parent-death signal would follow the
parent's *thread*.) The parent's id is watched as well, for a forked sibling may hold a copy of the pipe.
"""

import os
import runpy
import select
import signal
import sys
import threading
import time

WATCH_SECONDS = 0.5
GRACE_SECONDS = 1.0


def leave_with(parent: int, main_thread: int) -> None:
    """Wait for the parent's end, then let the server finish what it is answering, but no longer than a second."""
    while os.getppid() == parent:
        readable, _, _ = select.select([sys.stdin], [], [], WATCH_SECONDS)
        if readable and not os.read(sys.stdin.fileno(), 1):
            break
    # To the main thread, which waits in a system call: a signal that this thread took would not wake it.
    signal.pthread_kill(main_thread, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    tied = (int(sys.argv.pop(1)), threading.get_ident())
    threading.Thread(target=leave_with, args=tied, daemon=True).start()
    runpy.run_module("radicale", run_name="__main__", alter_sys=True)
