"""Looks for readable personal data on disk-backed paths, while the portal works: also in files that were unlinked."""

# ruff: noqa: PTH116, PTH118, PTH123, PTH208 - every path is looked at twenty times a second; Path objects would take most of that time

from __future__ import annotations

import base64
import os
import stat
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

PAUSE = 0.05
FRESH = 0.25  # a file changed this shortly before it was read may change again within one tick of its clock
SLICE = 24
BLOCK = 128 << 10


def spellings(text: str) -> Iterator[bytes]:
    """The bytes by which a text may lie in a file: UTF-8, both UTF-16, small letters, and base64 at each alignment."""
    for form in dict.fromkeys((text, text.casefold())):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            yield form.encode(encoding)
    raw = text.encode()
    for shift in range(3):
        whole = raw[shift : shift + (len(raw) - shift) // 3 * 3]
        if len(whole) >= 9:  # shorter ones would be found by chance
            yield base64.b64encode(whole)


def slices(content: bytes, count: int = 8) -> Iterator[bytes]:
    """Packed pieces of a file, which no other file holds; its readable parts are searched by their sentences."""
    for step in range(count):
        start = (len(content) - SLICE) * (step + 1) // (count + 1)
        piece = content[start : start + SLICE]
        if len(set(piece)) > SLICE // 2 and not piece.isascii():
            yield piece


def needles(texts: Mapping[str, str], files: Mapping[str, bytes]) -> dict[bytes, str]:
    """What must be found nowhere, each with its name for the report."""
    wanted = {spelling: name for name, text in texts.items() for spelling in spellings(text)}
    wanted |= {piece: f"a piece of {name}" for name, content in files.items() for piece in slices(content)}
    signs = {
        b"%PDF-1.": "a PDF",
        b"word/document.xml": "a DOCX",
        b"content.xmlPK": "an ODT",
        b"WEBPVP8": "a page image",
    }
    return wanted | signs


@contextmanager
def _reading(path: str) -> Iterator[BinaryIO]:
    """A file to read. Those of SQLite through another process: who closes such a file drops every lock that its own
    process holds on it, and this one writes in that database too.
    """
    if ".sqlite3" not in os.path.realpath(path):
        with open(path, "rb") as source:
            yield source
        return
    with subprocess.Popen(["cat", "--", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as other:
        assert other.stdout is not None
        yield other.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A readable thing, where it lay, and what the portal was asked to do then."""

    what: str
    where: str
    phase: str


@dataclass
class Sampler:
    """Reads every changed file below `roots` and every open file of `pids()` about every 50 ms, until stopped."""

    roots: Sequence[Path]
    wanted: dict[bytes, str]
    pids: Callable[[], Iterable[int]] = tuple
    busy: Callable[[], bool] = lambda: False
    phase: str = "start"
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    read_bytes: int = 0
    open_files: int = 0
    busy_rounds: int = 0

    def __post_init__(self) -> None:
        self._seen: dict[object, tuple[int, int, int]] = {}
        self._searched: dict[object, int] = {}
        self._mapped_at: dict[object, float] = {}
        self._disks = {os.stat(path).st_dev for path in (*self.roots, "/", "/tmp", "/var/tmp")} - {
            os.stat("/dev/shm").st_dev
        }
        self._longest = max(len(word) for word in self.wanted)
        self._stop = threading.Event()
        self._trouble: BaseException | None = None
        self._thread = threading.Thread(target=self._loop, name="sampler", daemon=True)

    def start(self) -> Sampler:
        self._thread.start()
        return self

    def wait_for(self, rounds: int) -> None:
        """Let this phase be looked at so many times, however quick the machine was with it."""
        end = time.monotonic() + 10
        while self.rounds.get(self.phase, 0) < rounds and self._thread.is_alive() and time.monotonic() < end:
            time.sleep(PAUSE)

    def stop(self) -> None:
        """Stop after a last full round; raises what went wrong in the thread, since a dead sampler finds nothing."""
        if self._thread.is_alive():
            self._stop.set()
            self._thread.join()
        if self._trouble is not None:
            raise self._trouble
        self._seen.clear()
        self._searched.clear()
        self.round()

    def round(self) -> None:
        """Look once at everything that changed."""
        self.busy_rounds += self.busy()
        for root in self.roots:
            for folder, _names, names in os.walk(root):
                for name in names:
                    self._look(os.path.join(folder, name), name)
        for pid in self.pids():
            self._look_at_process(pid)
        self.rounds[self.phase] = self.rounds.get(self.phase, 0) + 1

    def _loop(self) -> None:
        try:
            while not self._stop.wait(PAUSE):
                self.round()
        except BaseException as error:  # noqa: BLE001 - kept for `stop`, which raises it in the test
            self._trouble = error

    def _look_at_process(self, pid: int) -> None:
        try:
            handles = os.listdir(f"/proc/{pid}/fd")
        except OSError:
            return
        for handle in handles:
            self._look(f"/proc/{pid}/fd/{handle}", "an open file", disks=True)

    def _look(self, path: str, name: str, *, disks: bool = False) -> None:
        try:
            status = os.stat(path)
            if not stat.S_ISREG(status.st_mode) or (disks and status.st_dev not in self._disks):
                return
            if disks:
                self.open_files += 1
            key = (status.st_dev, status.st_ino)
            mark = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            fresh = time.time() - status.st_mtime < FRESH
            mapped = name.endswith("-shm") and self._is_due(key)  # written through memory: its times say nothing
            if self._seen.get(key) == mark and not fresh and not mapped:
                return
            self._seen[key] = mark
            with _reading(path) as source:
                self._search(source, path, key)
        except OSError:
            return  # gone, or not ours, between the listing and the reading

    def _is_due(self, key: object) -> bool:
        due = time.monotonic() - self._mapped_at.get(key, 0) > 1
        if due:
            self._mapped_at[key] = time.monotonic()
        return due

    def _search(self, source: BinaryIO, path: str, key: object) -> None:
        """Search the blocks that differ from the last time, each with the end of the one before it."""
        tail, number = b"", 0
        while block := source.read(BLOCK):
            content = tail + block
            number += 1
            if self._searched.get((key, number)) != hash(content):
                self._searched[key, number] = hash(content)
                self.read_bytes += len(block)
                for word, what in self.wanted.items():
                    if word in content:
                        self.findings.setdefault((what, path), Finding(what=what, where=path, phase=self.phase))
            tail = content[-self._longest :]
