"""Which connections of a small server are open, so that slow and idle ones cannot crowd it."""

import socket
import threading
from contextlib import suppress

MOST = 256
"""Connections that are served at once."""

HEAD_SECONDS = 5.0
"""How long a client may take to send the head of its request, however slowly it trickles."""


class Connections:
    """Open connections, each either still sending its head or being answered.

    Whoever sends nothing is cut off: when its time is over, or when room is needed for another.
    """

    def __init__(self, most: int = MOST, head_seconds: float = HEAD_SECONDS) -> None:
        self._most = most
        self._head_seconds = head_seconds
        self._lock = threading.Lock()
        self._silent: dict[socket.socket, float] = {}  # oldest first -> when it is cut off
        self._answered: set[socket.socket] = set()

    def admit(self, connection: socket.socket, now: float) -> bool:
        """Whether it may be served; `now` is seconds of a clock that never goes back."""
        with self._lock:
            if len(self._silent) + len(self._answered) >= self._most:
                if not self._silent:
                    return False
                self._cut(next(iter(self._silent)))
            self._silent[connection] = now + self._head_seconds
            return True

    def heard(self, connection: socket.socket) -> bool:
        """Its head has come: it is answered, however long that takes. False if it was cut off."""
        with self._lock:
            if self._silent.pop(connection, None) is None:
                return False
            self._answered.add(connection)
            return True

    def gone(self, connection: socket.socket) -> None:
        """It is closed."""
        with self._lock:
            self._silent.pop(connection, None)
            self._answered.discard(connection)

    def cut_overdue(self, now: float) -> None:
        """Cut off those whose time is over."""
        with self._lock:
            for connection in [c for c, end in self._silent.items() if end <= now]:
                self._cut(connection)

    def _cut(self, connection: socket.socket) -> None:
        """Whoever waits for it reads its end; that thread closes it."""
        del self._silent[connection]
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
