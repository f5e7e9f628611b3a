"""A server behind a line of a given speed: to the page and to its worker alike, in any browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from kit.server import PackingHandler, packed, serve

PIECE = 16_384  # bytes that are sent in one go


class Line:
    """All connections share it, as they do at home.

    Args:
        rate: bytes a second; None for as fast as it goes.
        latency: seconds from a request to the first byte of its answer.
    """

    def __init__(self, rate: float | None = None, latency: float = 0.0) -> None:
        self.rate, self.latency = rate, latency
        self.bytes = 0
        self._free = 0.0  # when the line has sent all that was given to it
        self._lock = Lock()

    def send(self, size: int) -> None:
        """Return when a piece of this size has gone through."""
        with self._lock:
            self.bytes += size
            if not self.rate:
                return
            self._free = max(self._free, time.monotonic()) + size / self.rate
            free = self._free
        time.sleep(max(0.0, free - time.monotonic()))


@contextmanager
def served(folder: Path, line: Line) -> Iterator[str]:
    """Serve a folder over a line; give its address."""

    class Handler(PackingHandler):
        def send_head(self) -> Any:
            time.sleep(line.latency)
            return super().send_head()

        def copyfile(self, source: Any, outputfile: Any) -> None:
            while piece := source.read(PIECE):
                line.send(len(piece))
                outputfile.write(piece)

    for program in folder.rglob("*.wasm"):  # takes a second, once, which is none of the line's
        packed(str(program), program.stat().st_mtime)
    with serve(folder, Handler) as address:
        yield address
