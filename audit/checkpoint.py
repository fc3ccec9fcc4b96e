"""Signed checkpoints of the log: made when there is news, kept in the database, copied elsewhere by the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Select, insert, select

from audit import tree
from audit.errors import NoteError, SequenceError
from audit.events import instant_text, parse_instant
from audit.note import ED25519, Checkpoint, Signer, open_checkpoint, sign_note
from audit.sequencer import hold_writer_lock
from audit.tables import checkpoint as checkpoint_table
from audit.tables import closing as closing_table


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheckpoint:
    """A signed checkpoint as it stands in the database."""

    size: int
    made_at: datetime
    note: str


def make(connection: Connection, log_id: str, *, signers: Sequence[Signer], now: datetime) -> StoredCheckpoint | None:
    """Sign and keep a checkpoint of the log as it is, or return None when there is no news or another is at it.

    ``signers``: first the log's own key, whose name is the log's origin, then its cosigning key, which states the time.
    Before signing, the last checkpoint must be this log's own and the tree must extend it; if not, ``SequenceError``
    and nothing is signed: a fork never gets a signature. Source: issue 5.
    """
    if not signers or signers[0].kind != ED25519:
        raise NoteError("a checkpoint is signed by the log's own key first")
    key = signers[0]
    if not hold_writer_lock(connection, log_id):
        return None
    if connection.execute(select(closing_table.c.log_id).where(closing_table.c.log_id == key.name)).first() is not None:
        raise SequenceError("the log of this key has ended: it signs nothing any more")
    size = tree.size(connection, log_id)
    last = latest(connection, log_id)
    if last is not None:
        _check_extends(connection, log_id, last, key, size)
    if size == (0 if last is None else last.size):
        return None
    checkpoint = Checkpoint(origin=key.name, size=size, root=tree.root(connection, log_id, size))
    note = sign_note(checkpoint.text, signers, at=now)
    values = {"log_id": log_id, "size": size, "made_at": instant_text(now), "note": note}
    connection.execute(insert(checkpoint_table), values)
    return StoredCheckpoint(size=size, made_at=now, note=note)


def latest(connection: Connection, log_id: str) -> StoredCheckpoint | None:
    """The checkpoint with the most leaves, or None."""
    row = connection.execute(_stored(log_id).order_by(checkpoint_table.c.size.desc()).limit(1)).one_or_none()
    return None if row is None else _read(row)


def at_size(connection: Connection, log_id: str, size: int) -> StoredCheckpoint | None:
    """The checkpoint of exactly this many leaves, or None."""
    row = connection.execute(_stored(log_id).where(checkpoint_table.c.size == size)).one_or_none()
    return None if row is None else _read(row)


def after(connection: Connection, log_id: str, size: int, *, limit: int) -> list[StoredCheckpoint]:
    """The checkpoints of more than this many leaves, the smallest first."""
    query = _stored(log_id).where(checkpoint_table.c.size > size).order_by(checkpoint_table.c.size).limit(limit)
    return [_read(row) for row in connection.execute(query)]


def first_over(connection: Connection, log_id: str, leaf_index: int) -> StoredCheckpoint | None:
    """The first checkpoint that covers this leaf, or None while there is none."""
    query = _stored(log_id).where(checkpoint_table.c.size > leaf_index).order_by(checkpoint_table.c.size).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def _stored(log_id: str) -> Select[int, str, str]:
    table = checkpoint_table.c
    return select(table.size, table.made_at, table.note).where(table.log_id == log_id)


def _read(row: Row[int, str, str]) -> StoredCheckpoint:
    size, made_at, note = row
    return StoredCheckpoint(size=size, made_at=parse_instant(made_at), note=note)


def _check_extends(connection: Connection, log_id: str, last: StoredCheckpoint, key: Signer, size: int) -> None:
    try:
        checkpoint, _ = open_checkpoint(last.note, key=key.key)
    except NoteError as error:
        raise SequenceError("the last checkpoint is not one that this log signed") from error
    if checkpoint.size != last.size or size < last.size:
        raise SequenceError(f"the log has {size} leaves, its last checkpoint {checkpoint.size}")
    if tree.root(connection, log_id, last.size) != checkpoint.root:
        raise SequenceError("the stored tree does not extend its last checkpoint")
