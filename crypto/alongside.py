"""A digest that is computed in a thread of its own, while its caller goes on reading, sealing and writing."""

import threading
from queue import SimpleQueue
from types import TracebackType
from typing import Protocol, Self

WAITING = 2
"""How many pieces may wait to be digested, the one at work among them."""


class Digest(Protocol):
    """What `hashlib` and `hmac` make: fed piece by piece, asked once at the end."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take in the next bytes."""

    def digest(self) -> bytes:
        """Give the digest of all bytes taken in."""


class Alongside:
    """Feeds another digest in a thread of its own, for as long as the `with` block lasts.

    `update` returns while its piece is still being digested: the caller must leave those bytes as they are until it has
    handed in `WAITING` more, or asked for the digest. It waits when the digest falls further behind, so memory is
    bounded. What goes wrong in the thread is raised by `digest`.
    """

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        self._pieces: SimpleQueue[bytes | memoryview | None] = SimpleQueue()
        self._room = threading.Semaphore(WAITING)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="digest", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def update(self, data: bytes | memoryview, /) -> None:
        """Hand in the next bytes; waits while too many are still to be digested."""
        self._room.acquire()
        self._pieces.put(data)

    def digest(self) -> bytes:
        """Wait for all that was handed in, and give its digest; nothing can be handed in after it."""
        self._end()
        if self._failure is not None:
            raise self._failure
        return self._digest.digest()

    def _end(self) -> None:
        if self._thread.is_alive():
            self._pieces.put(None)
            self._thread.join()

    def _work(self) -> None:
        while (piece := self._pieces.get()) is not None:
            try:
                if self._failure is None:
                    self._digest.update(piece)
            except BaseException as failure:  # noqa: BLE001 - raised where the digest is asked for
                self._failure = failure
            finally:
                del piece  # a view must not be held once its bytes may change
                self._room.release()
