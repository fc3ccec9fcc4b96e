"""The quick check of a log's leaves: block by block, is everything right? Standard library only.

A block is right when each of its events' stored bytes are those that its columns spell, and hash to the leaf hash that
stands in the tree. What is not right here is looked at again, closely, by ``audit.treecheck``, which says what is wrong
and where: so a false alarm costs time, and only a block that is right must not be called so wrongly.

``python -m audit.blockcheck WORK`` does this for ``audit.parallel`` in a process of its own: WORK is JSON and says
which file and which leaves; the beginnings of the blocks that are not right come as JSON on standard output.
"""

import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from audit.events import FIELD_ORDER, FORMAT_VERSION
from audit.merkle import HASH_BYTES

_COMMITMENT: Final = 64
_COMMITTED_TAIL: Final = 67  # "<64 hex digits>"} : how a record with a payload ends
_EMPTY_TAIL: Final = b"null}"
_NEVER_EMPTY: Final = frozenset({"event_id", "action", "outcome", "at", "software"})
_LEAF: Final = hashlib.sha256(b"\x00")

_BLOCK: Final = """
    FROM audit_leaf JOIN audit_event ON audit_event.seq = audit_leaf.event_seq
    WHERE audit_leaf.log_id = ? AND audit_leaf.leaf_index >= ? AND audit_leaf.leaf_index < ?
"""
_NUMBERS: Final = """
    SELECT min(event_seq), max(event_seq) FROM audit_leaf WHERE log_id = ? AND leaf_index >= ? AND leaf_index < ?
"""
_STORED: Final = "SELECT chunk, hashes FROM audit_node WHERE log_id = ? AND level = 0 AND chunk >= ? AND chunk < ?"


class _Cursor(Protocol):
    def fetchall(self) -> Sequence[tuple[Any, ...]]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Execute(Protocol):
    """Runs a statement with ``?`` for its values and returns a cursor over its rows."""

    def __call__(self, statement: str, values: tuple[object, ...], /) -> _Cursor:
        """The rows of this statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Which leaves of which log, cut into blocks of ``length``; ``width`` leaf hashes lie in a row of the tree."""

    log_id: str
    first: int
    end: int
    length: int
    width: int

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """The first leaf of each block and the number of its leaves."""
        for first in range(self.first, self.end, self.length):
            yield first, min(self.length, self.end - first)

    def halves(self) -> tuple["Blocks", "Blocks"]:
        """Two halves, as even as whole blocks allow."""
        count = -(-(self.end - self.first) // self.length)
        middle = min(self.first + (count + 1) // 2 * self.length, self.end)
        return replace(self, end=middle), replace(self, first=middle)


def spelled_differs(dialect: str) -> str:
    """SQL, true where an event's columns do not spell its stored bytes.

    The format has no character that needs an escape, so spelling is joining texts; only the payload's hash, which has
    no column, is taken from the bytes themselves. No text is bound in: the names are those of the format.
    """
    canonical = "audit_event.canonical"
    if dialect == "postgresql":
        spelled = f"convert_to({_joined()}, 'UTF8')"
        return f"{spelled} || {_tail(canonical)} IS DISTINCT FROM {canonical}"
    members = ", ".join(f"'{name}', audit_event.\"{name}\"" for name in FIELD_ORDER)
    hashed = f"CAST(substr({canonical}, {-_COMMITTED_TAIL + 1}, {_COMMITMENT}) AS TEXT)"
    payload = f"CASE WHEN substr({canonical}, {-len(_EMPTY_TAIL)}) = x'{_EMPTY_TAIL.hex()}' THEN NULL ELSE {hashed} END"
    return f"CAST(json_object('v', {FORMAT_VERSION}, {members}, 'payload', {payload}) AS BLOB) IS NOT {canonical}"


def columns_differ(dialect: str) -> str:
    """The same for one row at a time, whatever was put in its columns: SQLite spells no bytes as JSON, it stops."""
    if dialect == "postgresql":
        return spelled_differs(dialect)
    kinds = ", ".join(f'typeof(audit_event."{name}")' for name in FIELD_ORDER)
    return f"CASE WHEN 'blob' IN ({kinds}) THEN TRUE ELSE {spelled_differs(dialect)} END"


def not_right(
    execute: Execute, blocks: Blocks, *, dialect: str, among: Iterable[tuple[int, int]] | None = None
) -> list[int]:
    """The first leaf of every block in which something is not right, or that could not be read.

    ``among``: of these blocks only, each with its first leaf and the number of its leaves.
    """
    found = []
    for first, count in blocks if among is None else among:
        stored = _stored(execute, blocks, first, count)
        computed = _hashes(execute, blocks.log_id, first, count, dialect=dialect)
        if stored is None or computed != stored:
            found.append(first)
    return found


def describe(path: str, blocks: Blocks) -> str:
    """The work as the process is told it."""
    return json.dumps({"path": path, **asdict(blocks)})


def main(arguments: Sequence[str]) -> int:
    """Do the work that the one argument describes, on an SQLite file that is only read."""
    (description,) = arguments
    work = json.loads(description)
    path = Path(work.pop("path")).absolute().as_uri()
    with closing(sqlite3.connect(f"{path}?mode=ro", uri=True, isolation_level=None)) as connection:
        # Looked at where the system keeps it, not copied; another process's file cannot shrink under a reader (WAL).
        connection.execute("PRAGMA mmap_size = 1099511627776").fetchall()
        connection.execute("BEGIN")
        json.dump(not_right(connection.execute, Blocks(**work), dialect="sqlite"), sys.stdout)
    return 0


def _joined() -> str:
    """The record up to its payload, spelled by PostgreSQL; neighbouring texts are joined once."""
    parts = [f"'{{\"v\":{FORMAT_VERSION}'"]
    for name in FIELD_ORDER:
        filled = f'\',"{name}":"\' || audit_event."{name}" || \'"\''
        parts.append(filled if name in _NEVER_EMPTY else f"coalesce({filled}, ',\"{name}\":null')")
    return " || ".join([*parts, "',\"payload\":'"])


def _tail(canonical: str) -> str:
    """How the stored bytes end, in PostgreSQL: without a payload, or with its hash."""
    length, empty = f"length({canonical})", f"'\\x{_EMPTY_TAIL.hex()}'::bytea"
    ends = f"substr({canonical}, {length} - {len(_EMPTY_TAIL) - 1})"
    return f"CASE WHEN {ends} = {empty} THEN {empty} ELSE substr({canonical}, {length} - {_COMMITTED_TAIL - 1}) END"


def _hashes(execute: Execute, log_id: str, first: int, count: int, *, dialect: str) -> bytes | None:
    """The leaf hashes of a block, one after another; None when one of its events cannot be right."""
    values = (log_id, first, first + count)
    if dialect == "postgresql":
        return _hashes_there(execute, values)
    parts: list[bytes] = []
    copy, add = _LEAF.copy, parts.append
    try:
        # One by one, so that each is still in the processor's cache when it is hashed.
        for (entry,) in execute(_ENTRIES, values):
            if entry is None:
                return None
            leaf = copy()
            leaf.update(entry)
            add(leaf.digest())
    except sqlite3.OperationalError:  # a column holds what no JSON can carry
        return None
    return b"".join(parts)


def _hashes_there(execute: Execute, values: tuple[object, ...]) -> bytes | None:
    """The same, hashed by PostgreSQL itself: sending the bytes over takes longer than hashing them.

    Whoever could make the server lie about a hash could make it send other bytes as well. Saying between which numbers
    the events lie lets the database read them in one sweep.
    """
    ((low, high),) = execute(_NUMBERS, values).fetchall()
    ((hashes,),) = execute(_LEAF_HASHES, (*values, low or 0, high or 0)).fetchall()
    return None if hashes is None else bytes(hashes)


def _stored(execute: Execute, blocks: Blocks, first: int, count: int) -> bytes | None:
    """The leaf hashes that stand in the tree; None when a row has too few, too many, or is not there."""
    width = blocks.width
    chunks = range(first // width, -(-(first + count) // width))
    rows = dict(execute(_STORED, (blocks.log_id, chunks.start, chunks.stop)).fetchall())
    parts = []
    for chunk in chunks:
        hashes = rows.get(chunk, b"")
        if len(hashes) != min(width, blocks.end - chunk * width) * HASH_BYTES:
            return None
        parts.append(hashes)
    return b"".join(parts)


# Put together once, of the names of the format and nothing else.
_ENTRIES: Final = f"""
    SELECT CASE WHEN {spelled_differs("sqlite")} THEN NULL ELSE CAST(audit_event.canonical AS BLOB) END
    {_BLOCK}
    ORDER BY audit_leaf.leaf_index
"""
_LEAF_HASHES: Final = f"""
    SELECT string_agg(
        CASE WHEN {spelled_differs("postgresql")} THEN '\\x{bytes(HASH_BYTES).hex()}'::bytea
        ELSE pg_catalog.sha256('\\x00'::bytea || audit_event.canonical) END,
        ''::bytea ORDER BY audit_leaf.leaf_index)
    {_BLOCK} AND audit_event.seq BETWEEN ? AND ?
"""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
