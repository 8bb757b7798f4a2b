"""Values kept for whoever asks for the same again."""

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The values that were last asked for, at most so many; threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[K, V] = {}  # in the order in which they were last asked for
        self._mutex = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value of this key, if it is still kept."""
        with self._mutex:
            if key not in self._values:
                return None
            value = self._values[key] = self._values.pop(key)
            return value

    def put(self, key: K, value: V) -> V:
        """Keep a value, in place of the one that nobody has asked for the longest."""
        with self._mutex:
            self._values.pop(key, None)
            self._values[key] = value
            if len(self._values) > self._most:
                del self._values[next(iter(self._values))]
        return value
