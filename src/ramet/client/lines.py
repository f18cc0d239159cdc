"""Lines and chunks, out of the pieces that they come in: bytes in, bytes out."""

from __future__ import annotations


class Lines:
    """Lines, out of the pieces that they come in."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def fed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now, without empty ones."""
        begin = len(self._rest)
        self._rest += data
        end = self._rest.rfind(b"\n", begin)
        if end < 0:
            return []
        whole = bytes(self._rest[:end])
        del self._rest[: end + 1]
        return [line for line in whole.split(b"\n") if line.strip()]


class Chunks:
    """The body of a response that is sent in chunks, out of the pieces that it comes in."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0
        self.ended = False

    def fed(self, data: bytes) -> bytes:
        """What of the body has come."""
        body = bytearray()
        while data and not self.ended:
            if self._left:
                body += data[: self._left]
                taken = min(len(data), self._left)
                self._left -= taken
                data = data[taken:]
                continue
            line, newline, data = (self._head + data).partition(b"\n")
            self._head = b"" if newline else line
            if newline and line.strip():  # what is empty is the end of the chunk before
                self._left = int(line.partition(b";")[0], 16)
                self.ended = self._left == 0
        return bytes(body)


def chunk(data: bytes) -> bytes:
    """`data` as one chunk of a body; nothing is the end of it."""
    return b"%x\r\n%b\r\n" % (len(data), data)
