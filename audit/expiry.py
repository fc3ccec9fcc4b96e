"""The end of the log's term: the bytes of old events go, their leaf hashes stay, and a signature says which."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Final

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, true

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
MOST_SPANS: Final = 2_000
RANGE_TYPE: Final = "log-range"

_HEADER: Final = "dossierpoort/expiry/v1"
_AT_ONCE: Final = 500
_STAYING: Final = (Action.EXPIRE.value, Action.CONTINUE.value)  # without them nobody could tell what is lawfully gone
_SPAN: Final = re.compile(r"(0|[1-9][0-9]{0,17})-(0|[1-9][0-9]{0,17})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """These leaves lost their bytes, ``first`` up to (not with) ``end``; the event with ``event_id`` names the range.

    ``leaves`` are spans in rising order; what lies between two of them has stayed.
    """

    leaves: tuple[range, ...]
    event_id: str

    @property
    def first(self) -> int:
        """The first leaf that went."""
        return self.leaves[0].start

    @property
    def end(self) -> int:
        """The leaf after the last that went."""
        return self.leaves[-1].stop

    @property
    def count(self) -> int:
        """How many leaves went."""
        return sum(len(span) for span in self.leaves)


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
    going: ColumnElement[bool] | None = None,
) -> Expiry | None:
    """Remove events that happened before ``before``, the oldest first; None when there is nothing to do.

    ``going`` is a condition on ``audit.tables.event`` that narrows it: the caller knows whose term is longer, and which
    dossiers still live. At most 10 000 leaves a call, and only leaves under a checkpoint. Each event is held against
    its leaf once more before it goes; one that does not match raises ``SequenceError`` and nothing goes. The expiry
    events themselves stay: they name no person, and ``verify_log`` needs them. Commit is the caller's.
    Source: issue 5 (log rows outlive dossiers; at the end the canonical bytes go and the leaf hash stays).
    """
    if signer.kind != ED25519:
        raise NoteError("an expiry is signed by the log's own key")
    chosen = true() if going is None else going
    seqs = _old(connection, log_id, instant_text(before), chosen)
    if not seqs:
        return None
    spans = tuple(_spans(seqs))[:MOST_SPANS]
    taken = {index: seqs[index] for span in spans for index in span}
    event = Event.new(
        action=Action.EXPIRE,
        outcome=Outcome.SUCCESS,
        at=now,
        software=software,
        actor=actor,
        object_type=RANGE_TYPE,
        object_id=_range_of(spans),
    )
    append(connection, event, sealer)
    done = Expiry(leaves=spans, event_id=event.event_id)
    values = {"log_id": log_id, "event_id": done.event_id, "first_leaf": done.first, "end_leaf": done.end}
    note = sign_note(note_text(signer.name, _spelled(spans), done.event_id), [signer], at=now)
    connection.execute(insert(expiry_table), {**values, "leaves": _spelled(spans), "note": note})
    numbers = list(taken.values())
    for start in range(0, len(numbers), _AT_ONCE):
        connection.execute(delete(event_table).where(event_table.c.seq.in_(numbers[start : start + _AT_ONCE])))
    return done


def expired_ranges(
    connection: Connection, log_id: str, keys: Collection[VerifierKey], findings: Findings
) -> tuple[range, ...]:
    """The leaves that are lawfully without bytes: signed by the log's key and named by an event of the log.

    As ranges in rising order that do not touch each other.
    """
    table = expiry_table.c
    rows = connection.execute(
        select(table.first_leaf, table.leaves, table.event_id, table.note)
        .where(table.log_id == log_id)
        .order_by(table.first_leaf)
    ).all()
    found: list[range] = []
    for row in rows:
        spans = read_leaves(row[1])
        if spans and _holds(connection, row, spans, keys):
            found += spans
        else:
            findings.add("expiry-changed", f"expiry from leaf {row[0]}", "is not signed or not named in the log")
    return tuple(_joined(found))


def _holds(
    connection: Connection, row: Row[int, str, str, str], spans: Sequence[range], keys: Collection[VerifierKey]
) -> bool:
    _, leaves, event_id, note = row
    entry = find(connection, event_id)
    if entry is None or (entry.action, entry.object_id) != (Action.EXPIRE, _range_of(spans)):
        return False
    for key in keys:
        if key.kind == ED25519:
            try:
                if open_note(note, [key]).text == note_text(key.name, leaves, event_id):
                    return True
            except NoteError:
                continue
    return False


def note_text(origin: str, leaves: str, event_id: str) -> str:
    """What is signed. Four lines, so that it can never pass for a checkpoint."""
    return f"{_HEADER}\n{origin}\n{leaves}\n{event_id}\n"


def _range_of(spans: Sequence[range]) -> str:
    return f"{spans[0].start}-{spans[-1].stop - 1}"


def _spelled(spans: Iterable[range]) -> str:
    return ",".join(f"{span.start}-{span.stop - 1}" for span in spans)


def read_leaves(text: str) -> tuple[range, ...]:
    """The spans that the leaves of an expiry note spell; nothing when it has another form."""
    matches = [_SPAN.match(part) for part in text.split(",")]
    spans = tuple(range(int(match[1]), int(match[2]) + 1) for match in matches if match is not None)
    rising = all(one.stop < other.start for one, other in pairwise(spans))
    return spans if len(spans) == len(matches) and all(spans) and rising else ()


def _spans(indexes: Iterable[int]) -> Iterator[range]:
    """Neighbouring numbers, in rising order, as ranges."""
    for _, run in groupby(enumerate(indexes), key=lambda each: each[1] - each[0]):
        members = [index for _, index in run]
        yield range(members[0], members[-1] + 1)


def _joined(ranges: Iterable[range]) -> Iterator[range]:
    """The same leaves in rising ranges that do not touch each other."""
    held: range | None = None
    for each in sorted(ranges, key=lambda span: span.start):
        if held is not None and each.start <= held.stop:
            held = range(held.start, max(held.stop, each.stop))
        else:
            if held is not None:
                yield held
            held = each
    if held is not None:
        yield held


def _old(connection: Connection, log_id: str, before: str, going: ColumnElement[bool]) -> dict[int, int]:
    """The leaves that go with the numbers of their events, each held against its leaf hash."""
    last = checkpoint.latest(connection, log_id)
    rows = connection.execute(
        select(leaf_table.c.leaf_index, event_table.c.seq, event_table.c.canonical)
        .join(event_table, event_table.c.seq == leaf_table.c.event_seq)
        .where(leaf_table.c.log_id == log_id, leaf_table.c.leaf_index < (0 if last is None else last.size))
        .where(event_table.c.at < before, event_table.c.action.not_in(_STAYING), going)
        .order_by(leaf_table.c.leaf_index)
        .limit(MOST_LEAVES)
    ).all()
    hashes = tree.read_nodes(connection, log_id, [(0, index) for index, _, _ in rows])
    for index, _, canonical in rows:
        if merkle.leaf_hash(canonical) != hashes[0, index]:
            raise SequenceError(f"leaf {index} does not hold its event: nothing expires before that is looked into")
    return {index: seq for index, seq, _ in rows}
