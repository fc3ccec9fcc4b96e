"""The stored tree: complete subtrees in chunks, appended to by the sequencer and read by whoever makes a proof."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, or_, select, tuple_, update

from audit import merkle
from audit.errors import ProofError, SequenceError
from audit.tables import leaf as leaf_table
from audit.tables import node as node_table

WIDTH: Final = 32  # hashes in a chunk: a row of 1 kB, below what PostgreSQL moves out of its table
CHUNK_BYTES: Final = WIDTH * merkle.HASH_BYTES

_INSERT: Final = insert(node_table)
_UPDATE: Final = (
    update(node_table)
    .where(
        node_table.c.log_id == bindparam("of_log"),
        node_table.c.level == bindparam("of_level"),
        node_table.c.chunk == bindparam("of_chunk"),
    )
    .values(hashes=bindparam("hashes"))
)


def size(connection: Connection, log_id: str) -> int:
    """How many leaves the log has."""
    last = connection.execute(select(func.max(leaf_table.c.leaf_index)).where(leaf_table.c.log_id == log_id)).scalar()
    return 0 if last is None else last + 1


def read_nodes(connection: Connection, log_id: str, nodes: Collection[merkle.Node]) -> dict[merkle.Node, bytes]:
    """The stored hashes of these nodes, by one query. A node that is not stored raises ``SequenceError``."""
    chunks = read_chunks(connection, log_id, {(level, index // WIDTH) for level, index in nodes})
    found: dict[merkle.Node, bytes] = {}
    for level, index in nodes:
        place = index % WIDTH * merkle.HASH_BYTES
        value = chunks.get((level, index // WIDTH), b"")[place : place + merkle.HASH_BYTES]
        if len(value) != merkle.HASH_BYTES:
            raise SequenceError(f"node {index} of level {level} is not stored")
        found[level, index] = value
    return found


def read_chunks(
    connection: Connection, log_id: str, chunks: Collection[tuple[int, int]]
) -> dict[tuple[int, int], bytes]:
    """The stored chunks among these ``(level, chunk)``; a chunk that is not stored is left out."""
    if not chunks:
        return {}
    table = node_table.c
    among: ColumnElement[bool]
    if connection.dialect.name == "postgresql":
        among = tuple_(table.level, table.chunk).in_(sorted(chunks))
    else:  # SQLite does not look pairs up but goes through the whole index; two lists it does look up
        levels, numbers = {level for level, _ in chunks}, {chunk for _, chunk in chunks}
        among = and_(table.level.in_(sorted(levels)), table.chunk.in_(sorted(numbers)))
    query = select(table.level, table.chunk, table.hashes).where(table.log_id == log_id, among)
    return {(level, chunk): hashes for level, chunk, hashes in connection.execute(query) if (level, chunk) in chunks}


def root(connection: Connection, log_id: str, at_size: int) -> bytes:
    """The root over the first ``at_size`` leaves, from stored nodes."""
    nodes = read_nodes(connection, log_id, merkle.nodes_of(0, at_size))
    return merkle.root_hash(at_size, lambda level, index: nodes[level, index])


def inclusion_proof(connection: Connection, log_id: str, index: int, at_size: int) -> tuple[bytes, ...]:
    """The hashes that prove leaf ``index`` in the tree of ``at_size`` leaves: read, not computed from the events."""
    _within(connection, log_id, at_size)
    nodes = read_nodes(connection, log_id, merkle.spans_to_nodes(merkle.inclusion_spans(index, at_size)))
    return merkle.inclusion_proof(index, at_size, lambda level, number: nodes[level, number])


def consistency_proof(connection: Connection, log_id: str, old: int, new: int) -> tuple[bytes, ...]:
    """The hashes that prove the tree of ``new`` leaves to extend that of ``old``."""
    _within(connection, log_id, new)
    nodes = read_nodes(connection, log_id, merkle.spans_to_nodes(merkle.consistency_spans(old, new)))
    return merkle.consistency_proof(old, new, lambda level, number: nodes[level, number])


def grow(connection: Connection, log_id: str, old_size: int, leaf_hashes: Sequence[bytes]) -> None:
    """Store the hashes of new leaves and every subtree they complete. Only the sequencer calls this, under its lock.

    Raises ``SequenceError`` when the stored right edge is not that of a tree of ``old_size`` leaves.
    """
    edge = read_chunks(connection, log_id, {_edge(level, old_size) for level in range(old_size.bit_length())})
    inserts: list[dict[str, object]] = []
    updates: list[dict[str, object]] = []
    level, fresh = 0, list(leaf_hashes)
    while fresh:
        count = old_size >> level
        tail = edge.get(_edge(level, old_size), b"")
        if len(tail) != count % WIDTH * merkle.HASH_BYTES:
            raise SequenceError(f"level {level} of the stored tree does not have {count} nodes")
        for chunk, hashes in _chunks(count // WIDTH, tail + b"".join(fresh)):
            if tail and chunk == count // WIDTH:
                updates.append({"of_log": log_id, "of_level": level, "of_chunk": chunk, "hashes": hashes})
            else:
                inserts.append({"log_id": log_id, "level": level, "chunk": chunk, "hashes": hashes})
        children = [tail[-merkle.HASH_BYTES :], *fresh] if count % 2 else fresh
        fresh = [merkle.node_hash(*children[at : at + 2]) for at in range(0, len(children) - 1, 2)]
        level += 1
    if inserts:
        connection.execute(_INSERT, inserts)
    if updates:
        connection.execute(_UPDATE, updates)


def cut(connection: Connection, log_id: str, at_size: int) -> list[int]:
    """Forget the leaves from ``at_size`` on, which no checkpoint covers; returns the rows of their events, in order.

    Only for a log that ends: what is cut off gets its place in the log that follows.
    """
    leaf, node = leaf_table.c, node_table.c
    beyond = and_(leaf.log_id == log_id, leaf.leaf_index >= at_size)
    rows = list(connection.execute(select(leaf.event_seq).where(beyond).order_by(leaf.leaf_index)).scalars())
    connection.execute(delete(leaf_table).where(beyond))
    stored = select(node.level, node.chunk, node.hashes).where(node.log_id == log_id)
    for level, chunk, hashes in connection.execute(stored.where(_reaches_beyond(at_size))).all():
        whole = max(0, (at_size >> level) - chunk * WIDTH) * merkle.HASH_BYTES
        where = and_(node.log_id == log_id, node.level == level, node.chunk == chunk)
        if not whole:
            connection.execute(delete(node_table).where(where))
        elif len(hashes) > whole:
            connection.execute(update(node_table).where(where).values(hashes=hashes[:whole]))
    return rows


def _reaches_beyond(at_size: int) -> ColumnElement[bool]:
    """The chunks that hold the edge of a tree of this size, and those after it."""
    highest = 63
    last = [
        and_(node_table.c.level == level, node_table.c.chunk >= (at_size >> level) // WIDTH) for level in range(highest)
    ]
    return or_(*last)


def _edge(level: int, of_size: int) -> tuple[int, int]:
    """The chunk of this level that the next node goes into."""
    return level, (of_size >> level) // WIDTH


def _chunks(first: int, hashes: bytes) -> Iterator[tuple[int, bytes]]:
    for number, start in enumerate(range(0, len(hashes), CHUNK_BYTES)):
        yield first + number, hashes[start : start + CHUNK_BYTES]


def _within(connection: Connection, log_id: str, at_size: int) -> None:
    if at_size > size(connection, log_id):
        raise ProofError(f"the log does not have {at_size} leaves")
