"""What witnesses signed under our checkpoints, and the checkpoint that best covers a leaf."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from audit import checkpoint
from audit.checkpoint import StoredCheckpoint
from audit.errors import NoteError
from audit.events import instant_text
from audit.note import VerifierKey, add_lines, open_note
from audit.tables import checkpoint as checkpoint_table
from audit.tables import cosignature as cosignature_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Covering:
    """A checkpoint over a leaf with the cosignatures of witnesses on it.

    ``note`` holds the log's own signatures and those of the witnesses in ``confirmed``; ``unconfirmed`` are the
    witnesses that were expected and did not sign (yet): to people that is *niet bevestigd*.
    """

    size: int
    made_at: datetime
    note: str
    confirmed: tuple[VerifierKey, ...]
    unconfirmed: tuple[VerifierKey, ...]


def covering(
    connection: Connection, log_id: str, leaf_index: int, *, expected: Collection[VerifierKey]
) -> Covering | None:
    """The checkpoint over this leaf that most of the ``expected`` witnesses signed, or None while there is none.

    Among equals the newest; without any witness's signature over the leaf, the newest checkpoint. A stored line that is
    not right counts as none: what goes out holds. Source: issue 5 (receipts with cosignatures, *niet bevestigd*).
    """
    best: Covering | None = None
    for stored in _candidates(connection, log_id, leaf_index, expected):
        found = cosigned(connection, log_id, stored, expected=expected)
        if best is None or len(found.confirmed) > len(best.confirmed):
            best = found
    return best


def cosigned(
    connection: Connection, log_id: str, stored: StoredCheckpoint, *, expected: Collection[VerifierKey]
) -> Covering:
    """This checkpoint with the cosignatures that the expected witnesses gave."""
    table = cosignature_table.c
    rows = connection.execute(
        select(table.key, table.line).where(table.log_id == log_id, table.size == stored.size)
    ).all()
    lines: dict[str, str] = dict(rows)
    right = [key for key in expected if str(key) in lines and _is_right(stored.note, lines[str(key)], key)]
    return Covering(
        size=stored.size,
        made_at=stored.made_at,
        note=add_lines(stored.note, [lines[str(key)] for key in right]),
        confirmed=tuple(right),
        unconfirmed=tuple(key for key in expected if key not in right),
    )


def keep(connection: Connection, log_id: str, stored: StoredCheckpoint, *, key: VerifierKey, answer: str) -> datetime:
    """Keep the witness's cosignature from its ``answer`` (signature lines) and return the time it states.

    Raises ``NoteError`` when the answer holds no right cosignature of this key; lines of other keys are left alone.
    """
    opened = open_note(add_lines(stored.note, [answer]), [key])
    at = opened.signatures[0].at
    if at is None:
        raise NoteError("a witness signs with a cosignature key, and states its time")
    known = select(cosignature_table.c.at).where(
        cosignature_table.c.log_id == log_id,
        cosignature_table.c.key == str(key),
        cosignature_table.c.size == stored.size,
    )
    if connection.execute(known).first() is None:
        line = next(line for line in answer.splitlines(keepends=True) if _is_right(stored.note, line, key))
        values = {"log_id": log_id, "key": str(key), "size": stored.size, "at": instant_text(at), "line": line}
        connection.execute(insert(cosignature_table), values)
    return at


def newest_size(connection: Connection, log_id: str, key: VerifierKey) -> int:
    """How far this witness confirmed the log; 0 when it never did."""
    table = cosignature_table.c
    query = select(func.max(table.size)).where(table.log_id == log_id, table.key == str(key))
    return int(connection.execute(query).scalar() or 0)


def _candidates(
    connection: Connection, log_id: str, leaf_index: int, expected: Collection[VerifierKey]
) -> Iterator[StoredCheckpoint]:
    """The checkpoints worth comparing, newest first: the last one that each witness signed, and the newest of all.

    A witness is always asked for the newest, so a checkpoint that more of them signed is the last of one of them.
    """
    sizes = {newest_size(connection, log_id, key) for key in expected}
    newest = connection.execute(
        select(func.max(checkpoint_table.c.size)).where(checkpoint_table.c.log_id == log_id)
    ).scalar()
    for size in sorted(sizes | {newest or 0}, reverse=True):
        stored = checkpoint.at_size(connection, log_id, size) if size > leaf_index else None
        if stored is not None:
            yield stored


def _is_right(note: str, line: str, key: VerifierKey) -> bool:
    try:
        open_note(add_lines(note, [line]), [key])
    except NoteError:
        return False
    return True
