"""Checking the stored tree: leaves against the events' bytes, every level against the one below it."""

import hashlib
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, LargeBinary, Select, and_, func, select
from sqlalchemy import cast as sql_cast

from audit.blockcheck import Blocks
from audit.findings import Findings
from audit.merkle import HASH_BYTES
from audit.tables import event as event_table
from audit.tables import leaf as leaf_table
from audit.tables import node as node_table
from audit.tree import WIDTH

BLOCK: Final = 512 * WIDTH

_HOLE: Final = bytes(HASH_BYTES)
_PAIR: Final = Struct(f"{2 * HASH_BYTES}s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What one check looks at, and where it notes what it finds. What lies before ``start`` was checked before."""

    connection: Connection
    log_id: str
    size: int
    findings: Findings
    start: int = 0

    def blocks(self) -> Blocks:
        """The blocks in which the leaves are looked at."""
        first = self.start // WIDTH * WIDTH
        return Blocks(log_id=self.log_id, first=first, end=self.size, length=BLOCK, width=WIDTH)


def check_leaves(scope: Scope, doubtful: Collection[int], expired: Sequence[range] = ()) -> int:
    """Look closely at the blocks that begin at these leaves and name what is wrong; how many are lawfully gone.

    The stored bytes of every event are hashed and held against the stored leaf hashes.
    """
    gone = 0
    changed: dict[int, tuple[bytes, bytes]] = {}
    for first, count in scope.blocks():
        if first in doubtful:
            stored = stored_nodes(scope, 0, first, count, report=True)
            more_gone, more_changed = _look_closer(scope, first, _entries_by_leaf(scope, first, count), stored, expired)
            gone += more_gone
            changed |= more_changed
    places = {hashed: index for index, (_, hashed) in changed.items()}
    for index, (computed, _) in changed.items():
        other = places.get(computed)
        message = "the event's bytes are not those that were hashed"
        if other is not None:
            message = f"holds the event that belongs at leaf {other}"
        scope.findings.add("event-changed" if other is None else "reordered", f"leaf {index}", message)
    return gone


def check_levels(scope: Scope) -> None:
    """Compute every level of the tree from the one below it and compare with what is stored."""
    _check_extent(scope)
    sha256 = hashlib.sha256
    level = 1
    while (total := scope.size >> level) > 0:
        for first in range((scope.start >> level) // WIDTH * WIDTH, total, BLOCK):
            count = min(BLOCK, total - first)
            stored = stored_nodes(scope, level, first, count, report=True)
            below = stored_nodes(scope, level - 1, 2 * first, 2 * count)
            computed = b"".join([sha256(b"\x01" + pair).digest() for (pair,) in _PAIR.iter_unpack(below)])
            if computed != stored:
                for number in _differing(computed, stored):
                    place = f"level {level} node {first + number}"
                    scope.findings.add("node-changed", place, "is not the hash of the two nodes below it")
        level += 1


def stored_nodes(scope: Scope, level: int, first: int, count: int, *, report: bool = False) -> bytes:
    """``count`` stored hashes of a level from ``first`` (the beginning of a chunk); holes are zeros and findings."""
    table = node_table.c
    chunks = range(first // WIDTH, -(-(first + count) // WIDTH))
    rows = scope.connection.execute(
        select(table.chunk, table.hashes).where(
            table.log_id == scope.log_id, table.level == level, table.chunk >= chunks.start, table.chunk < chunks.stop
        )
    )
    found = dict(rows.all())
    total = scope.size >> level
    parts: list[bytes] = []
    for chunk in chunks:
        hashes = found.get(chunk, b"")
        expected = min(WIDTH, total - chunk * WIDTH) * HASH_BYTES
        if len(hashes) != expected and report:
            scope.findings.add(
                "node-missing" if len(hashes) < expected else "node-extra",
                f"level {level} chunk {chunk}",
                f"has {len(hashes)} bytes of hashes where {expected} belong",
            )
        parts.append(hashes if len(hashes) == expected else (hashes + _HOLE * WIDTH)[:expected])
    return b"".join(parts)[: count * HASH_BYTES]


def _entries_by_leaf(scope: Scope, first: int, count: int) -> dict[int, bytes | None]:
    """The stored bytes of a block by leaf; None where a leaf has no event."""
    canonical = sql_cast(event_table.c.canonical, LargeBinary)  # SQLite would also hold a text in its place
    return dict(scope.connection.execute(_block(scope, first, count, leaf_table.c.leaf_index, canonical)).all())


def _block(scope: Scope, first: int, count: int, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """A block's leaves with their events, in leaf order.

    The rows of one block lie close together; saying between which numbers lets the database read them in one sweep.
    """
    table = leaf_table.c
    within = and_(table.log_id == scope.log_id, table.leaf_index >= first, table.leaf_index < first + count)
    numbers = select(func.min(table.event_seq), func.max(table.event_seq)).where(within)
    low, high = scope.connection.execute(numbers).one()
    is_its_event = and_(
        event_table.c.seq == table.event_seq, event_table.c.seq >= (low or 0), event_table.c.seq <= (high or 0)
    )
    joined = leaf_table.outerjoin(event_table, is_its_event)
    return select(*columns).select_from(joined).where(within).order_by(table.leaf_index)


def _look_closer(
    scope: Scope, first: int, rows: dict[int, bytes | None], stored: bytes, expired: Sequence[range]
) -> tuple[int, dict[int, tuple[bytes, bytes]]]:
    """Name what is wrong in a block, leaf by leaf: how many are lawfully without bytes, and which have other bytes."""
    gone = 0
    changed: dict[int, tuple[bytes, bytes]] = {}
    for place in range(len(stored) // HASH_BYTES):
        index = first + place
        expected = stored[place * HASH_BYTES : (place + 1) * HASH_BYTES]
        canonical = rows.get(index)
        if index not in rows:
            scope.findings.add("leaf-missing", f"leaf {index}", "is not there")
        elif canonical is not None:
            computed = hashlib.sha256(b"\x00" + canonical).digest()
            if computed != expected:
                changed[index] = (computed, expected)
        elif _lies_in(index, expired):
            gone += 1
        else:
            scope.findings.add("event-missing", f"leaf {index}", "its event is not there")
    return gone, changed


def _lies_in(index: int, ranges: Sequence[range]) -> bool:
    """Whether a leaf lies in one of these rising ranges."""
    place = bisect_right(ranges, index, key=lambda span: span.start)
    return place > 0 and index in ranges[place - 1]


def _check_extent(scope: Scope) -> None:
    """Find chunks beyond the tree, which a cut tail leaves behind."""
    table = node_table.c
    rows = scope.connection.execute(
        select(table.level, func.max(table.chunk)).where(table.log_id == scope.log_id).group_by(table.level)
    )
    for level, last in rows:
        if last >= -(-(scope.size >> level) // WIDTH):
            scope.findings.add(
                "node-extra", f"level {level} chunk {last}", f"lies beyond a tree of {scope.size} leaves"
            )


def _differing(computed: bytes, stored: bytes) -> Iterator[int]:
    for number in range(len(stored) // HASH_BYTES):
        at = number * HASH_BYTES
        if computed[at : at + HASH_BYTES] != stored[at : at + HASH_BYTES]:
            yield number
