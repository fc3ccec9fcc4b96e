"""The one writer that gives committed events their place in the tree."""

import hashlib
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from audit import merkle, tree
from audit.errors import SequenceError
from audit.tables import event as event_table
from audit.tables import leaf as leaf_table
from audit.tables import pending as pending_table

MOST_EVENTS: Final = 10_000

_PLACE_ALL: Final = text("""
    INSERT INTO audit_leaf (log_id, leaf_index, event_seq)
    SELECT CAST(:log_id AS text), CAST(:start AS bigint) + place - 1, seq
    FROM unnest(CAST(:taken AS bigint[])) WITH ORDINALITY AS taken (seq, place)
""")
_END_ALL: Final = text("DELETE FROM audit_pending WHERE event_seq = ANY (CAST(:taken AS bigint[]))")


def sequence(connection: Connection, log_id: str, limit: int = 1_000) -> int:
    """Give up to ``limit`` waiting events their leaves, in the caller's transaction, and return how many.

    It takes committed events that have no leaf yet, whatever their number or time, so an event whose transaction
    committed late is not lost. One writer: on PostgreSQL an advisory lock, held to the end of the transaction (another
    holder means 0, and nothing done); on SQLite the caller's BEGIN IMMEDIATE. A stored tree that contradicts itself
    raises ``SequenceError``: roll back, and run ``verify_log``. Source: issue 5.
    """
    if not 1 <= limit <= MOST_EVENTS:
        raise SequenceError(f"a batch has 1 to {MOST_EVENTS} events")
    if not hold_writer_lock(connection, log_id):
        return 0
    waiting = connection.execute(
        select(event_table.c.seq, event_table.c.canonical)
        .join(pending_table, pending_table.c.event_seq == event_table.c.seq)
        .order_by(event_table.c.seq)
        .limit(limit)
    ).all()
    if not waiting:
        return 0
    start = tree.size(connection, log_id)
    taken = [seq for seq, _ in waiting]
    try:
        _place(connection, log_id, start, taken)
        tree.grow(connection, log_id, start, [merkle.leaf_hash(canonical) for _, canonical in waiting])
    except IntegrityError as error:
        raise SequenceError("an event or a place in the tree was taken already") from error
    return len(waiting)


def _place(connection: Connection, log_id: str, start: int, taken: list[int]) -> None:
    """Write the leaves of these events and let them wait no longer; on PostgreSQL as two statements over one list."""
    if connection.dialect.name == "postgresql":
        values = {"log_id": log_id, "start": start, "taken": taken}
        connection.execute(_PLACE_ALL, values)
        connection.execute(_END_ALL, values)
        return
    leaves = [{"log_id": log_id, "leaf_index": start + place, "event_seq": seq} for place, seq in enumerate(taken)]
    connection.execute(insert(leaf_table), leaves)
    connection.execute(delete(pending_table).where(pending_table.c.event_seq.in_(taken)))


def place_first(connection: Connection, log_id: str, event_id: str) -> None:
    """Give a waiting event the first place of a log that is empty, in the caller's transaction and under its lock."""
    if tree.size(connection, log_id):
        raise SequenceError("the log is not empty")
    seq, canonical = connection.execute(
        select(event_table.c.seq, event_table.c.canonical).where(event_table.c.event_id == event_id)
    ).one()
    connection.execute(insert(leaf_table), {"log_id": log_id, "leaf_index": 0, "event_seq": seq})
    tree.grow(connection, log_id, 0, [merkle.leaf_hash(canonical)])
    connection.execute(delete(pending_table).where(pending_table.c.event_seq == seq))


def hold_writer_lock(connection: Connection, log_id: str) -> bool:
    """Take the log's writer lock until the transaction ends; False when another holds it."""
    if connection.dialect.name != "postgresql":
        return True
    digest = hashlib.sha256(b"dossierpoort/audit/writer\n" + log_id.encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(number))).scalar())
