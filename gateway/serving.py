"""How gunicorn serves the portal: no thread waits for a slow sender, and what runs when it stops is finished.

Gunicorn's own threads read a request as it drips in. With eight of them, eight connections that send half a head and
fall silent would shut everyone out (slow loris). Here a thread begins only when the whole head has come, and a body
must keep coming.
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

from gunicorn.workers.gthread import ThreadWorker

if TYPE_CHECKING:
    from gunicorn.http.message import Request
    from gunicorn.workers.gthread import TConn

HEAD_SECONDS = 10.0
"""The whole head of a request comes within this time, or the connection ends."""
HEAD_MOST = 64 * 1024
"""Larger than what gunicorn takes as a head: it may say so itself."""
BODY_SECONDS = 60.0
"""Every body may take this long; a longer one as much longer as `SLOWEST` bytes a second ask."""
SLOWEST = 8_000
CHUNKED = 250_000_000
"""A body that does not say how long it is gets the time of one of the largest files."""
LOOK_AGAIN = 0.1
FINISH_SECONDS = 300
"""How long a stopping process waits for the uploads and downloads that run. docs/operations.md names it."""


def arguments(*, bind: str, workers: int, threads: int, module: str = "gateway.wsgi:application") -> list[str]:
    """The command line of gunicorn, behind `python -m`."""
    options = {
        "--bind": bind,
        "--workers": workers,
        "--threads": threads,
        "--worker-class": "gateway.serving.Worker",
        "--worker-tmp-dir": "/dev/shm",  # noqa: S108 - tmpfs on purpose
        "--graceful-timeout": FINISH_SECONDS,
        "--timeout": 120,
        "--limit-request-line": 4094,
        "--limit-request-fields": 60,
        "--log-level": "warning",
    }
    return ["gunicorn", module, "--no-control-socket", *(str(each) for pair in options.items() for each in pair)]


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn ships no types
    """Gunicorn's worker with threads, which gives a connection a thread only when it has something to do."""

    def init_process(self) -> None:
        """Begin with nobody waiting."""
        self._waiting: dict[TConn, float] = {}
        self._dripping: set[TConn] = set()
        self._reading: dict[TConn, tuple[Request, float]] = {}
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Hand the connection to a thread if its head is whole; else let it wait without one."""
        held = b"" if conn.parser is None else conn.parser.unreader.buf.getvalue()
        if held:
            if b"\r\n\r\n" not in held:
                self._end(conn)  # a second request was begun behind the first: no browser does that
                return
        elif not _head_is_whole(conn):
            conn.sock.setblocking(False)
            self._waiting.setdefault(conn, time.monotonic() + HEAD_SECONDS)
            self.poller.register(conn.sock, 1, lambda _sock: self._came(conn))  # 1: there is something to read
            return
        self._waiting.pop(conn, None)
        conn.data_ready = True
        super().enqueue_req(conn)

    def _came(self, conn: TConn) -> None:
        """Something arrived. What is not yet whole is looked at now and then, not at each byte."""
        self.poller.unregister(conn.sock)
        self._dripping.add(conn)
        self._look(conn)

    def _look(self, conn: TConn) -> None:
        if _head_is_whole(conn):
            self._dripping.discard(conn)
            self.enqueue_req(conn)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait shorter while someone's head is coming in."""
        super().wait_for_and_dispatch_events(min(timeout, LOOK_AGAIN) if self._dripping else timeout)

    def murder_pending(self) -> None:
        """End the connections whose head or body does not come."""
        super().murder_pending()
        now = time.monotonic()
        for conn in list(self._dripping):
            self._look(conn)
        for conn, until in list(self._waiting.items()):
            if now > until:
                if conn not in self._dripping:
                    self.poller.unregister(conn.sock)
                self._end(conn)
        for conn, (request, since) in list(self._reading.items()):
            left, whole = _body_left(request)
            if left and now > since + BODY_SECONDS + whole / SLOWEST:
                _stop_reading(conn)

    def _end(self, conn: TConn) -> None:
        self._waiting.pop(conn, None)
        self._dripping.discard(conn)
        self.nr_conns -= 1
        conn.close()

    def handle_request(self, req: Request, conn: TConn) -> Any:
        """Answer a request, known to be read for as long as it runs."""
        self._reading[conn] = (req, time.monotonic())
        try:
            return super().handle_request(req, conn)
        finally:
            self._reading.pop(conn, None)


def _head_is_whole(conn: TConn) -> bool:
    """Whether a request can be read from this connection without waiting; also when it ended, which reading tells."""
    try:
        seen = conn.sock.recv(HEAD_MOST, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return not seen or b"\r\n\r\n" in seen or len(seen) == HEAD_MOST


def _body_left(request: Request) -> tuple[bool, int]:
    """Whether something of the body is still to come, and how long it is as a whole."""
    reader = getattr(request.body, "reader", None)
    left = getattr(reader, "length", None)
    if left is None:
        return getattr(reader, "parser", None) is not None, CHUNKED
    named = next((value for name, value in request.headers if name == "CONTENT-LENGTH"), "0")
    return left > 0, int(named)


def _stop_reading(conn: TConn) -> None:
    try:
        conn.sock.shutdown(socket.SHUT_RD)
    except OSError:  # it ended by itself
        return
