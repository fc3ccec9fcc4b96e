"""The end of the log's term: the bytes of old events go, their leaf hashes stay, and a signature says which."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select

from audit import checkpoint, merkle, tree
from audit.errors import NoteError, SequenceError
from audit.events import Action, Event, Outcome, instant_text
from audit.findings import Findings
from audit.log import Sealer, append, find
from audit.note import ED25519, Signer, VerifierKey, open_note, sign_note
from audit.tables import event as event_table
from audit.tables import expiry as expiry_table
from audit.tables import leaf as leaf_table

MOST_LEAVES: Final = 10_000
RANGE_TYPE: Final = "log-range"

_HEADER: Final = "dossierpoort/expiry/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """Leaves ``first`` up to (not with) ``end`` lost their bytes; the event with ``event_id`` says so in the log."""

    first: int
    end: int
    event_id: str


def expire(
    connection: Connection,
    log_id: str,
    *,
    before: datetime,
    signer: Signer,
    sealer: Sealer,
    software: str,
    actor: str | None,
    now: datetime,
) -> Expiry | None:
    """Remove the oldest events up to the first that happened at or after ``before``; None when there is nothing to do.

    At most 10 000 leaves a call, and only leaves under a checkpoint. Each event is held against its leaf once more
    before it goes; one that does not match raises ``SequenceError`` and nothing goes. The expiry events themselves
    stay: they name no person, and ``verify_log`` needs them. Commit is the caller's. Source: issue 5 (log rows outlive
    dossiers; at the end the canonical bytes go and the leaf hash stays).
    """
    if signer.kind != ED25519:
        raise NoteError("an expiry is signed by the log's own key")
    first = _first_kept(connection, log_id)
    end = _end(connection, log_id, first, instant_text(before))
    if end <= first:
        return None
    _check_whole(connection, log_id, first, end)
    event = Event.new(
        action=Action.EXPIRE,
        outcome=Outcome.SUCCESS,
        at=now,
        software=software,
        actor=actor,
        object_type=RANGE_TYPE,
        object_id=f"{first}-{end - 1}",
    )
    append(connection, event, sealer)
    done = Expiry(first=first, end=end, event_id=event.event_id)
    values = {"log_id": log_id, "first_leaf": first, "end_leaf": end, "event_id": event.event_id}
    note = sign_note(_text(signer.name, done), [signer], at=now)
    connection.execute(insert(expiry_table), {**values, "note": note})
    within = select(leaf_table.c.event_seq).where(_between(log_id, first, end))
    gone = delete(event_table).where(event_table.c.seq.in_(within), event_table.c.action != Action.EXPIRE.value)
    connection.execute(gone)
    return done


def expired_ranges(
    connection: Connection, log_id: str, keys: Collection[VerifierKey], findings: Findings
) -> tuple[range, ...]:
    """The ranges that are lawfully without bytes: signed by the log's key and named by an event of the log."""
    table = expiry_table.c
    rows = connection.execute(
        select(table.first_leaf, table.end_leaf, table.event_id, table.note)
        .where(table.log_id == log_id)
        .order_by(table.first_leaf)
    ).all()
    found: list[range] = []
    for row in rows:
        if _holds(connection, row, keys):
            found.append(range(row[0], row[1]))
        else:
            findings.add("expiry-changed", f"expiry from leaf {row[0]}", "is not signed or not named in the log")
    return tuple(found)


def _holds(connection: Connection, row: Row[int, int, str, str], keys: Collection[VerifierKey]) -> bool:
    first, end, event_id, note = row
    stated = Expiry(first=first, end=end, event_id=event_id)
    entry = find(connection, event_id)
    if entry is None or (entry.action, entry.object_id) != (Action.EXPIRE, f"{first}-{end - 1}"):
        return False
    for key in keys:
        if key.kind == ED25519:
            try:
                if open_note(note, [key]).text == _text(key.name, stated):
                    return True
            except NoteError:
                continue
    return False


def _text(origin: str, expiry: Expiry) -> str:
    """What is signed. Five lines, so that it can never pass for a checkpoint."""
    return f"{_HEADER}\n{origin}\n{expiry.first}\n{expiry.end}\n{expiry.event_id}\n"


def _first_kept(connection: Connection, log_id: str) -> int:
    query = select(func.max(expiry_table.c.end_leaf)).where(expiry_table.c.log_id == log_id)
    return connection.execute(query).scalar() or 0


def _end(connection: Connection, log_id: str, first: int, before: str) -> int:
    """The first leaf that stays: too young, beyond the checkpoint, or more than one call takes."""
    last = checkpoint.latest(connection, log_id)
    limit = min(first + MOST_LEAVES, 0 if last is None else last.size)
    young = select(func.min(leaf_table.c.leaf_index)).join(event_table, event_table.c.seq == leaf_table.c.event_seq)
    found = connection.execute(young.where(_between(log_id, first, limit), event_table.c.at >= before)).scalar()
    return limit if found is None else found


def _check_whole(connection: Connection, log_id: str, first: int, end: int) -> None:
    joined = select(leaf_table.c.leaf_index, event_table.c.canonical).join(
        event_table, event_table.c.seq == leaf_table.c.event_seq
    )
    rows = connection.execute(joined.where(_between(log_id, first, end))).all()
    hashes = tree.read_nodes(connection, log_id, [(0, index) for index in range(first, end)])
    good = {index for index, canonical in rows if merkle.leaf_hash(canonical) == hashes[0, index]}
    for index in range(first, end):
        if index not in good:
            raise SequenceError(f"leaf {index} does not hold its event: nothing expires before that is looked into")


def _between(log_id: str, first: int, end: int) -> ColumnElement[bool]:
    table = leaf_table.c
    return and_(table.log_id == log_id, table.leaf_index >= first, table.leaf_index < end)
