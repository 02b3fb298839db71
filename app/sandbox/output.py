"""What a command printed, kept within bounds."""

from __future__ import annotations


class Output:
    """Keeps the head and the tail of a stream and counts all of it."""

    def __init__(self, kept_bytes: int) -> None:
        self.seen = 0
        self._half = kept_bytes // 2
        self._head = bytearray()
        self._tail = bytearray()

    def add(self, data: bytes) -> None:
        self.seen += len(data)
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._half:
            del self._tail[: -self._half]

    def text(self) -> str:
        """The output as text; where bytes were left out, a line says how many."""
        tail = self._tail[-self._half :]
        left_out = self.seen - len(self._head) - len(tail)
        middle = b"\n[%d bytes left out]\n" % left_out if left_out else b""
        return (self._head + middle + tail).decode(errors="replace")
