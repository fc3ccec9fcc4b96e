"""Memory and speed of uploads and downloads through a real gunicorn: `python -m benchmarks.bench_upload`. JSON lines.

The real route signs in, proves its token, seals while it streams and writes its row and event. It is set against a bare
Flask route that saves `request.files` and one that writes a raw body, in the same run, in turns, on the same disk.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import select, update

from gateway.dossiers.tables import DocumentVersion
from gateway.services import utc_now
from tests import builders
from tests.personas import OWNER
from tests.portal import END, Person, Portal, part_head, raw_head, read_answer, serve, upload_head
from tests.services import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.services import Services

SIZE, BIG, ROUNDS, BLOCK = 20_000_000, 200_000_000, 7, 1_000_000
SMALL = (2_000_000, 5_000_000, 1)  # of `--small`, which has no goals
_NOISE = os.urandom(BLOCK)  # as PDF, JPEG and DOCX are
BARE = "benchmarks.bare_upload:application"


def tell(metric: str, value: float, goal: float | None = None, *, at_most: bool = False) -> bool:
    holds = goal is None or (value <= goal if at_most else value >= goal)
    print(
        json.dumps({"bench": "upload", "metric": metric, "value": round(value, 3), "goal": goal, "holds": holds}),
        flush=True,
    )
    return holds


class Peak:
    """The most resident memory of a worker while the block runs, above what it was at its beginning."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._stop = threading.Event()
        self._most = 0
        self._watch = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._idle = self._most = self._portal.memory()
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._stop.wait(0.01):
            self._most = max(self._most, self._portal.memory())

    @property
    def megabytes(self) -> float:
        return (self._most - self._idle) / 1e6


def progress(what: str) -> None:
    """Say on the error channel what is being measured; the lines on standard output are the figures."""
    print(f"bench upload: {what}", file=sys.stderr, flush=True)


def send_file(person: Person, portal: Portal, dossier_id: str, token: str, size: int) -> None:
    """Upload a file of this length with fresh content, as the page's script does; raises when it was not taken."""
    _send(portal, raw_head(person, dossier_id, token=token, name="groot.pdf", length=size), b"", size, b"")


def send_form(person: Person, portal: Portal, dossier_id: str, token: str, size: int) -> None:
    """The same by the plain form of a page without JavaScript."""
    head, tail = part_head("file", "groot.pdf"), b"\r\n" + END
    length = len(head) + size + len(tail)
    _send(portal, upload_head(person, dossier_id, token=token, length=length), head, size, tail)


def _send(portal: Portal, request: bytes, head: bytes, size: int, tail: bytes) -> None:
    line = portal.raw(request, timeout=120)
    fresh, block = b"%PDF-1.7\n" + os.urandom(16), _NOISE
    with line:
        line.sendall(head + fresh)
        left = size - len(fresh)
        while left:
            piece = block[: min(left, BLOCK)]
            line.sendall(piece)
            left -= len(piece)
        line.sendall(tail)
        line.shutdown(1)
        answer = read_answer(line)
    if b'"ok":true' not in answer:
        raise RuntimeError(answer[-300:])


def fetch(port: int, method: str, path: str, headers: dict[str, str], body: Any = None) -> int:
    """Read an answer to its end at constant memory; returns how many bytes came."""
    line = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        line.request(method, path, body=body, headers=headers)
        response = line.getresponse()
        count = 0
        while part := response.read(1 << 20):
            count += len(part)
        if response.status >= 400:
            raise RuntimeError(f"{method} {path.rsplit('/', maxsplit=1)[-1]}: {response.status}")
        return count
    finally:
        line.close()


def work_of(portal: Portal, act: Callable[[], object]) -> float:
    """Processor seconds that the portal's workers spend on one act, the mean of some: does not mind a busy machine."""

    def spent() -> float:
        return sum(sum(worker.cpu_times()[:2]) for worker in portal.workers())

    before = spent()
    for _ in range(ROUNDS):
        act()
    return (spent() - before) / ROUNDS


def medians(*acts: Callable[[], object]) -> list[float]:
    """Seconds; the acts take turns, so that a busy moment of the machine hits them alike."""
    times: list[list[float]] = [[] for _ in acts]
    for round_ in range(ROUNDS + 1):
        for act, taken in zip(acts, times, strict=True):
            start = time.perf_counter()
            act()
            if round_:
                taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in times]


def passed(services: Services, dossier_id: str) -> str:
    """Let the newest document pass its check without paying for pages; returns its id."""
    with services.db.writing() as session:
        session.execute(
            update(DocumentVersion).where(DocumentVersion.dossier_id == dossier_id).values(state="ready", pages=1)
        )
        query = (
            select(DocumentVersion)
            .where(DocumentVersion.dossier_id == dossier_id)
            .order_by(DocumentVersion.plain_size.desc())
        )
        return session.scalars(query).first().document_id


def bench_memory(services: Services, where: str, goal: float) -> list[bool]:
    progress(f"memory of an upload and a download, {where}")
    with serve(services.settings) as portal:
        owner = portal.person(OWNER, timeout=120)
        dossier_id = builders.draft(services)
        token = owner.token(f"/dossiers/{dossier_id}/toevoegen")
        send_file(owner, portal, dossier_id, token, 1_000_000)  # whatever loads at the first upload
        with Peak(portal) as up:
            send_file(owner, portal, dossier_id, token, BIG)
        document_id = passed(services, dossier_id)
        headers = {**owner.headers(), "X-CSRFToken": token}
        path = f"/dossiers/{dossier_id}/stukken/{document_id}/downloaden"
        with Peak(portal) as down:
            got = fetch(portal.port, "POST", path, headers)
        if got != BIG:
            raise RuntimeError(f"{got} bytes came back")
    return [
        tell(f"peak memory of a 200 MB upload above idle, {where}, MB", up.megabytes, goal, at_most=True),
        tell(f"peak memory of a 200 MB download above idle, {where}, MB", down.megabytes, goal, at_most=True),
    ]


def bench_speed(services: Services) -> list[bool]:
    progress("speed of uploads and downloads, in turns with bare routes")
    with ExitStack() as stack:
        portal = stack.enter_context(serve(services.settings))
        bare = stack.enter_context(serve(services.settings, module=BARE))
        owner = portal.person(OWNER, timeout=120)
        dossier_id = builders.draft(services)
        token = owner.token(f"/dossiers/{dossier_id}/toevoegen")
        nobody = Person(bare.port, timeout=120)

        def bare_form() -> None:
            head, tail = part_head("file", "groot.pdf"), b"\r\n" + END
            request = upload_head(nobody, "x", token="x", length=len(head) + SIZE + len(tail)).replace(
                b"/dossiers/x/toevoegen", b"/form"
            )
            _push(bare, request, head, tail)

        def bare_put() -> None:
            _push(bare, f"PUT /raw HTTP/1.1\r\nHost: x\r\nContent-Length: {SIZE}\r\n\r\n".encode(), b"", b"")

        ours, plain_form, form, raw = medians(
            lambda: send_file(owner, portal, dossier_id, token, SIZE),
            lambda: send_form(owner, portal, dossier_id, token, SIZE),
            bare_form,
            bare_put,
        )
        ours_work = work_of(portal, lambda: send_file(owner, portal, dossier_id, token, SIZE))
        form_work, raw_work = work_of(bare, bare_form), work_of(bare, bare_put)
        document_id = passed(services, dossier_id)
        headers = {**owner.headers(), "X-CSRFToken": token}
        path = f"/dossiers/{dossier_id}/stukken/{document_id}/downloaden"
        down, plain = medians(
            lambda: fetch(portal.port, "POST", path, headers), lambda: fetch(bare.port, "GET", "/plain", {})
        )
    tell("upload by the plain form against bare Flask saving request.files", form / plain_form)
    tell("upload by the plain form against a bare raw PUT", raw / plain_form)
    tell("upload 20 MB, processor seconds", ours_work)
    tell("upload against bare Flask, by processor time", form_work / ours_work)
    tell("upload against a raw PUT, by processor time", raw_work / ours_work)
    tell("upload 20 MB, MB/s", SIZE / ours / 1e6)
    tell("download 20 MB, MB/s", SIZE / down / 1e6)
    return [
        tell("upload against bare Flask saving request.files, times as fast", form / ours, 1.3),
        tell("upload against a bare raw PUT, speed ratio", raw / ours, 0.55),
        tell("download against a plain send, speed ratio", plain / down, 0.6),
    ]


def _push(bare: Portal, request: bytes, head: bytes, tail: bytes) -> None:
    block = _NOISE
    with bare.raw(request, timeout=120) as line:
        line.sendall(head)
        for _ in range(SIZE // BLOCK):
            line.sendall(block)
        line.sendall(tail)
        line.shutdown(1)
        if b" 200 " not in read_answer(line)[:20]:
            raise RuntimeError("the bare route failed")


def main(arguments: Sequence[str] | None = None) -> int:
    global SIZE, BIG, ROUNDS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="small files, one round, no goals (for a test)")
    parser.add_argument("--no-s3", action="store_true", help="without the memory of uploads to a real S3 server")
    chosen = parser.parse_args(arguments)
    if chosen.small:
        SIZE, BIG, ROUNDS = SMALL
    held: list[bool] = []
    with (
        tempfile.TemporaryDirectory(prefix="bench") as home,
        builders.demo_installation(Path(home), clock=utc_now) as services,
    ):
        held += bench_memory(services, "local", 16)
        held += bench_speed(services)
    if not chosen.no_s3:
        with tempfile.TemporaryDirectory(prefix="bench") as home:
            held += _on_s3(Path(home))
    return 0 if chosen.small or all(held) else 1


def _on_s3(home: Path) -> list[bool]:
    server = shared.start("s3", home / "services")
    try:
        changes = {
            "storage": "s3",
            "s3_bucket": server.new_bucket(),
            "s3_endpoint": server.endpoint_url,
            "s3_region": "us-east-1",
            "s3_access_key": server.access_key,
            "s3_secret_key": server.secret_key,
        }
        with builders.demo_installation(home, clock=utc_now, **changes) as services:
            return bench_memory(replace(services), "S3", 32)
    finally:
        shared.stop_all(home / "services")


if __name__ == "__main__":
    sys.exit(main())
