"""Two processors for the quick check of a log: a second connection to PostgreSQL, or processes that read SQLite's file.

Hashing in one Python process keeps one processor busy. On PostgreSQL the server hashes, and each of two connections has
a processor of its own; from SQLite two processes read, each its own half. What they call right must be right; if one of
them fails, its half is looked at here.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from audit import blockcheck
from audit.blockcheck import Blocks, Execute, not_right

MANY_BLOCKS: Final = 4
"""From so many blocks on a second processor is worth its start."""


@contextmanager
def looking(
    connection: Connection, blocks: Blocks, *, beside: Connection | None = None, careful: bool = False
) -> Iterator[list[int]]:
    """Look at these blocks while the body runs; after it the list holds where the blocks begin that are not right.

    ``beside`` is another connection to the same database, with which half of the work goes to another processor. Each
    block is held against itself, so that needs no common snapshot: one that another snapshot shows otherwise is called
    not right, and looked at again. ``careful`` calls every block not right.
    """
    found: list[int] = []
    if careful:
        yield found
        found += [first for first, _ in blocks]
        return
    helper = _no_help if beside is None or sum(1 for _ in blocks) < MANY_BLOCKS else _HELP[connection.dialect.name]
    with helper(beside or connection, blocks) as rest:
        yield found
        found += rest(_executes(connection))
    found.sort()


Rest = Callable[[Execute], list[int]]


@contextmanager
def _no_help(connection: Connection, blocks: Blocks) -> Iterator[Rest]:
    yield lambda execute: not_right(execute, blocks, dialect=connection.dialect.name)


@contextmanager
def _second_connection(beside: Connection, blocks: Blocks) -> Iterator[Rest]:
    """Both connections take the next block when they are ready with one."""
    among = _Shared(blocks)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(lambda: not_right(_executes(beside), blocks, dialect="postgresql", among=among))
        try:
            yield lambda execute: not_right(execute, blocks, dialect="postgresql", among=among) + other.result()
        finally:
            among.stop()


@contextmanager
def _two_processes(beside: Connection, blocks: Blocks) -> Iterator[Rest]:
    """A process for each half; a database in memory has no file to read."""
    path = beside.engine.url.database
    if not path or not Path(path).is_file():
        with _no_help(beside, blocks) as alone:
            yield alone
        return
    halves = [(_start(path, half), half) for half in blocks.halves()]

    def rest(execute: Execute) -> list[int]:
        found = []
        for process, half in halves:
            answer = _answer(process)
            found += not_right(execute, half, dialect="sqlite") if answer is None else answer
        return found

    try:
        yield rest
    finally:
        for process, _ in halves:
            if process.returncode is None:  # its answer was not asked for
                process.kill()
                process.communicate()


_HELP: Final = {"postgresql": _second_connection, "sqlite": _two_processes}


class _Shared:
    """Blocks that several threads take from, each block once."""

    def __init__(self, blocks: Blocks) -> None:
        self._lock, self._left = threading.Lock(), iter(blocks)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return self

    def __next__(self) -> tuple[int, int]:
        with self._lock:
            return next(self._left)

    def stop(self) -> None:
        """Nobody gets another block."""
        with self._lock:
            self._left = iter(())


def _executes(connection: Connection) -> Execute:
    """Straight through the driver: SQLAlchemy's rows take longer than the hashing."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "postgresql":
        return driver.execute  # type: ignore[no-any-return] # sqlite3's
    connection.exec_driver_sql("SET LOCAL jit = off")  # compiling a query takes longer than running it here

    def execute(statement: str, values: tuple[object, ...], /) -> Any:
        return driver.cursor(binary=True).execute(statement.replace("?", "%s"), values, prepare=False)

    return execute


def _start(path: str, half: Blocks) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - this Python and a module of our own
        [sys.executable, "-m", blockcheck.__name__, blockcheck.describe(path, half)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _answer(process: subprocess.Popen[str]) -> list[int] | None:
    """Which blocks were found; None when the process failed."""
    text, _ = process.communicate()
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if process.returncode == 0 and isinstance(found, list) else None
