"""One log ends, another goes on: after a backup had to be put back, or when the log gets another key.

What was signed is never signed again in another form, so a log that lost its end takes no more leaves. Its rows stay
and bear its origin; the log that follows begins with an event that names it, and a note says what stays and what is
lost.
"""

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from audit import checkpoint, merkle, tree
from audit.errors import NoteError, SequenceError
from audit.events import Action, Event, instant_text
from audit.findings import Findings
from audit.log import Sealer, append, entries_query, find, read_entry
from audit.note import ED25519, Checkpoint, Signer, VerifierKey, open_checkpoint, open_note, sign_note
from audit.sequencer import hold_writer_lock, place_first
from audit.tables import checkpoint as checkpoint_table
from audit.tables import closing as closing_table
from audit.tables import cosignature as cosignature_table
from audit.tables import event as event_table
from audit.tables import expiry as expiry_table
from audit.tables import leaf as leaf_table
from audit.tables import node as node_table
from audit.tables import pending as pending_table

OBJECT_TYPE: Final = "log"

_HEADER: Final = "dossierpoort/closing/v1"
_MOVED: Final = (leaf_table, node_table, checkpoint_table, expiry_table, cosignature_table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a log ended: ``kept`` leaves stay, of ``seen`` it is known that they were signed; what lies between is lost.

    ``seen_root`` is None when only the size is known, as a witness tells it. ``event_id`` is the first event of the log
    ``following``.
    """

    origin: str
    following: str
    kept: int
    kept_root: bytes
    seen: int
    seen_root: bytes | None
    event_id: str

    @property
    def lost(self) -> range:
        """The leaves that were signed and are gone."""
        return range(self.kept, self.seen)

    @property
    def text(self) -> str:
        """What is signed. Six lines, so that it can never pass for a checkpoint."""
        seen_root = "-" if self.seen_root is None else base64.b64encode(self.seen_root).decode()
        kept = f"{self.kept} {base64.b64encode(self.kept_root).decode()}"
        lines = (_HEADER, self.origin, self.following, kept, f"{self.seen} {seen_root}", self.event_id)
        return "\n".join(lines) + "\n"

    def explains(self, other: Checkpoint) -> bool:
        """Whether a checkpoint from elsewhere speaks of leaves that were declared lost."""
        if other.origin != self.origin or not self.kept < other.size <= self.seen:
            return False
        return other.size < self.seen or self.seen_root in (None, other.root)


def begin(connection: Connection, origin: str, event_id: str, now: datetime) -> str:
    """Note that the log of this origin is being closed; returns the id of the event that the next one begins with.

    Committed before the key is replaced, so that who finds it half done knows how far it came.
    """
    table = closing_table.c
    begun = connection.execute(select(table.event_id).where(table.log_id == origin)).scalar()
    if begun is None:
        values = {"log_id": origin, "event_id": event_id, "closed_at": instant_text(now), "note": ""}
        connection.execute(insert(closing_table), values)
    return str(begun or event_id)


def begun(connection: Connection) -> str | None:
    """The origin of the log whose closing was begun and not finished, or None."""
    table = closing_table.c
    return connection.execute(select(table.log_id).where(table.note == "")).scalar()


def close(
    connection: Connection,
    log_id: str,
    *,
    old_key: VerifierKey,
    signers: Sequence[Signer],
    seen: Checkpoint | int,
    event: Event,
    sealer: Sealer,
    now: datetime,
) -> Closing:
    """End the log that ``old_key`` signed and let the one of ``signers[0]`` begin, in the caller's transaction.

    ``signers``: the new log's own key first, the old one after it when it is at hand. ``seen`` is the newest checkpoint
    that anyone elsewhere holds, or its size. Leaves that no checkpoint covers go on in the new log, after ``event``.
    Raises ``SequenceError`` when the stored tree is not what its own last checkpoint says: that is no lost tail.
    """
    if not hold_writer_lock(connection, log_id):
        raise SequenceError("another is writing the log: try again")
    origin, following = old_key.name, signers[0].name
    kept = _last(connection, log_id, old_key)
    size, root = (seen, None) if isinstance(seen, int) else (seen.size, seen.root)
    if size <= kept.size:
        size, root = kept.size, kept.root
    loose = tree.cut(connection, log_id, kept.size)
    for table in _MOVED:
        connection.execute(update(table).where(table.c.log_id == log_id).values(log_id=origin))
    append(connection, event, sealer)
    place_first(connection, log_id, event.event_id)
    if loose:
        connection.execute(insert(pending_table), [{"event_seq": seq} for seq in loose])
    done = Closing(
        origin=origin,
        following=following,
        kept=kept.size,
        kept_root=kept.root,
        seen=size,
        seen_root=root,
        event_id=event.event_id,
    )
    connection.execute(delete(closing_table).where(closing_table.c.log_id == origin))
    values = {"log_id": origin, "event_id": event.event_id, "closed_at": instant_text(now)}
    connection.execute(insert(closing_table), {**values, "note": sign_note(done.text, signers, at=now)})
    return done


def closings(connection: Connection, log_id: str, keys: Collection[VerifierKey], findings: Findings) -> list[Closing]:
    """Every log that ended, the first one first; what is not signed or does not fit the log that follows is a finding.

    ``keys`` are the own keys of all logs, past and present.
    """
    table = closing_table.c
    rows = connection.execute(select(table.log_id, table.event_id, table.note).order_by(table.closed_at)).all()
    found: list[Closing] = []
    for origin, event_id, note in rows:
        place = f"closing of {origin}"
        if not note:
            findings.add("closing-unfinished", place, "was begun and not finished: run the command again")
            continue
        done = _opened(note, keys)
        if done is None or (done.origin, done.event_id) != (origin, event_id):
            findings.add("closing-changed", place, "is not signed by the log that follows")
            continue
        _check_first(connection, done, place, findings)
        found.append(done)
    _check_known(connection, log_id, found, findings)
    return found


def _check_first(connection: Connection, done: Closing, place: str, findings: Findings) -> None:
    """The log that follows begins with the event that names this one."""
    first = find(connection, done.event_id)
    if first is None or (first.action, first.object_id, first.leaf_index) != (Action.CONTINUE, done.origin, 0):
        findings.add("closing-changed", place, "the log that follows does not begin with it")


def _check_known(connection: Connection, log_id: str, found: Sequence[Closing], findings: Findings) -> None:
    """No log is there of which nobody says how it ended, and none is gone that a first event names."""
    names = {done.origin for done in found}
    held = set(connection.execute(select(checkpoint_table.c.log_id).distinct()).scalars()) - {log_id}
    first = entries_query().where(leaf_table.c.leaf_index == 0, event_table.c.action == Action.CONTINUE.value)
    named = {str(row.object_id) for row in map(read_entry, connection.execute(first))}
    for name in sorted((held | named) - names):
        findings.add("closing-missing", f"log {name}", "nothing says how it ended")


def _last(connection: Connection, log_id: str, key: VerifierKey) -> Checkpoint:
    """The log's own last checkpoint, held against its tree; that of nothing when it never signed."""
    stored = checkpoint.latest(connection, log_id)
    if stored is None:
        return Checkpoint(origin=key.name, size=0, root=merkle.EMPTY_ROOT)
    try:
        last, _ = open_checkpoint(stored.note, key=key)
    except NoteError as error:
        raise SequenceError("the last checkpoint is not one that this log signed") from error
    if last.size != stored.size or tree.size(connection, log_id) < last.size:
        raise SequenceError("the stored tree is shorter than its own last checkpoint: this is no lost tail")
    if tree.root(connection, log_id, last.size) != last.root:
        raise SequenceError("the stored tree is not what its own last checkpoint says: this is no lost tail")
    return last


def _opened(note: str, keys: Collection[VerifierKey]) -> Closing | None:
    """The closing that a note states, when the key of the log that follows signed it."""
    for key in keys:
        if key.kind != ED25519:
            continue
        try:
            lines = open_note(note, [key]).text.split("\n")
            header, origin, following, kept, seen, event_id, end = lines
            kept_size, kept_root = kept.split(" ")
            seen_size, seen_root = seen.split(" ")
            done = Closing(
                origin=origin,
                following=following,
                kept=int(kept_size),
                kept_root=base64.b64decode(kept_root, validate=True),
                seen=int(seen_size),
                seen_root=None if seen_root == "-" else base64.b64decode(seen_root, validate=True),
                event_id=event_id,
            )
        except (NoteError, ValueError):
            continue
        if header == _HEADER and not end and following == key.name:
            return done
    return None
