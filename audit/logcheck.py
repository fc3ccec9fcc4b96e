"""Checking a whole log: against itself, against its checkpoints and against checkpoints that were kept elsewhere."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Boolean, ColumnElement, Connection, Table, and_, exists, func, literal_column, select

from audit import tree
from audit.blockcheck import columns_differ
from audit.closing import Closing
from audit.errors import AuditError, NoteError, PayloadMismatchError, SealError
from audit.expiry import expired_ranges
from audit.findings import MOST_FINDINGS, Findings, Report
from audit.log import Sealer, entries_query, open_plain, read_entry
from audit.note import ED25519, Checkpoint, VerifierKey, open_checkpoint
from audit.parallel import looking
from audit.tables import checkpoint as checkpoint_table
from audit.tables import event as event_table
from audit.tables import leaf as leaf_table
from audit.tables import pending as pending_table
from audit.treecheck import Scope, check_leaves, check_levels


def verify_log(
    connection: Connection,
    log_id: str,
    *,
    keys: Collection[VerifierKey],
    trusted: Sequence[str] = (),
    copies: Mapping[str, str] | None = None,
    since: str | None = None,
    sealer: Sealer | None = None,
    beside: Connection | None = None,
    careful: bool = False,
    closing: Closing | None = None,
    held_elsewhere: int = 0,
) -> Report:
    """Check every byte of the log and say what is wrong and where; the report has no findings when it is whole.

    ``keys`` are the log's own keys and its cosigners'; ``trusted`` are checkpoints (signed notes) from another place,
    which a cut tail or a swapped checkpoint table cannot change along; ``copies`` are such notes by the name of their
    place. ``since`` is one from which on every byte is looked at: the leaves before it were checked when it was kept,
    and are held against it by their root only. With ``sealer`` every payload that still opens is held against its leaf.
    Run it in one snapshot (SQLite transaction, PostgreSQL REPEATABLE READ). With ``beside``, another connection to the
    same database, half of the work goes to another processor (``audit.parallel``). ``careful`` looks closely at every
    leaf, not only where a block differs: slower, and it must find the same. ``closing`` says how this log ended: then
    its tree and its checkpoints are checked, and a checkpoint of leaves that were declared lost is no finding; what
    waits belongs to the log that is written now, for which ``held_elsewhere`` tells how many events have their leaf in
    logs that ended.
    Source: issue 5 (tampering by SQL is found and the place named).
    """
    findings = Findings()
    size = tree.size(connection, log_id)
    scope = Scope(connection=connection, log_id=log_id, size=size, findings=findings)
    if since is not None:
        start = _check_note(scope, keys, since, "the checkpoint to start from")
        scope = replace(scope, start=start or 0)  # when it does not fit, everything is looked at
    levels = Findings()
    expired_by_signature = expired_ranges(connection, log_id, keys, findings)
    with looking(connection, scope.blocks(), beside=beside, careful=careful) as doubtful:
        check_levels(replace(scope, findings=levels))
    expired = check_leaves(scope, doubtful, expired_by_signature)
    findings.extend(levels)
    waiting = 0
    if closing is None:
        waiting = _check_waiting(scope, expired, held_elsewhere)
    elif (closing.kept, closing.kept_root) != (size, _root(scope, size)):
        findings.add("root-changed", f"closing of {closing.origin}", "the log ended otherwise than was signed")
    for first, count in scope.blocks():
        if first in doubtful:
            _check_columns(scope, _of_leaves(scope, first, first + count))
    stored, confirmed = _check_stored(scope, keys)
    elsewhere = [*(("checkpoint from elsewhere", note) for note in trusted), *(copies or {}).items()]
    for place, note in elsewhere:
        seen = None if closing is None else _opened(note, keys)
        if closing is None or seen is None or not closing.explains(seen):
            _check_trusted(scope, keys, note, confirmed, place)
    unopened = 0 if sealer is None else _check_payloads(connection, sealer, findings)
    return Report(
        size=size,
        root=_root(scope, size),
        waiting=waiting,
        expired=expired,
        unopened=unopened,
        checkpoints=stored,
        confirmed=confirmed,
        start=scope.start,
        findings=tuple(findings.found),
    )


def _check_waiting(scope: Scope, expired: int, held_elsewhere: int) -> int:
    """Every event has a leaf or waits for one, and not both, and says in its columns what its bytes say; how many wait.

    When every leaf was found to hold its own event, counting shows whether an event is left over.
    """
    connection, findings = scope.connection, scope.findings
    left = _count(connection, event_table) - _count(connection, pending_table) - (scope.size - expired) - held_elsewhere
    event, leaf, waiting = event_table.c, leaf_table.c, pending_table.c
    without_leaf: ColumnElement[bool] = event.seq.in_(select(waiting.event_seq))
    if findings.found or scope.start or left:
        without_leaf = ~exists().where(leaf.event_seq == event.seq)
        has_place = exists().where(waiting.event_seq == event.seq)
        lost = select(event.seq, event.event_id).where(without_leaf, ~has_place)
        for seq, event_id in connection.execute(lost):
            findings.add("event-loose", f"event {event_id} (row {seq})", "has no leaf and does not wait for one")
    _check_columns(scope, without_leaf)
    doubled = select(waiting.event_seq).join(leaf_table, leaf.event_seq == waiting.event_seq)
    for seq in connection.execute(doubled).scalars():
        findings.add("waiting-twice", f"row {seq}", "waits for a leaf and has one")
    empty = select(waiting.event_seq).where(~exists().where(event.seq == waiting.event_seq))
    for seq in connection.execute(empty).scalars():
        findings.add("event-missing", f"row {seq}", "waits for a leaf and its event is not there")
    return _count(connection, pending_table)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _check_columns(scope: Scope, which: ColumnElement[bool]) -> None:
    """Name the events among these whose columns, which the desk filters on, do not say what the stored bytes say."""
    event = event_table.c
    differs = literal_column(columns_differ(scope.connection.dialect.name), Boolean)
    query = select(event.seq, event.event_id).where(which, differs).order_by(event.seq).limit(MOST_FINDINGS)
    for seq, event_id in scope.connection.execute(query):
        place = f"event {event_id} (row {seq})"
        scope.findings.add("columns-changed", place, "its columns do not say what its bytes say")


def _of_leaves(scope: Scope, first: int, end: int) -> ColumnElement[bool]:
    """The events of these leaves, but for those that were checked before."""
    leaf = leaf_table.c
    within = and_(leaf.log_id == scope.log_id, leaf.leaf_index >= max(first, scope.start), leaf.leaf_index < end)
    return event_table.c.seq.in_(select(leaf.event_seq).where(within))


def _check_stored(scope: Scope, keys: Collection[VerifierKey]) -> tuple[int, int]:
    """Check every stored checkpoint; how many there are, and the size of the largest that is right."""
    table = checkpoint_table.c
    query = select(table.size, table.note).where(table.log_id == scope.log_id).order_by(table.size)
    rows = scope.connection.execute(query).all()
    confirmed = 0
    for stated, note in rows:
        place = f"checkpoint {stated}"
        at = _check_note(scope, keys, note, place)
        if at is not None and at != stated:
            scope.findings.add("checkpoint-changed", place, f"stands at {stated} and is of {at} leaves")
        elif at is not None:
            confirmed = at
    return len(rows), confirmed


def _check_trusted(scope: Scope, keys: Collection[VerifierKey], note: str, confirmed: int, place: str) -> None:
    """The log must hold what was kept elsewhere, and its own checkpoints must go as far."""
    at = _check_note(scope, keys, note, place)
    if at is not None and at > confirmed:
        message = f"the log's own checkpoints go to {confirmed}, this one to {at}"
        scope.findings.add("checkpoint-missing", place, message)


def _check_note(scope: Scope, keys: Collection[VerifierKey], note: str, place: str) -> int | None:
    """Check one checkpoint against the stored tree; its size when it is right, else None and a finding."""
    checkpoint = _opened(note, keys)
    if checkpoint is None:
        scope.findings.add("checkpoint-changed", place, "is not signed by the log's key")
    elif checkpoint.size > scope.size:
        gone = f"leaves {scope.size} to {checkpoint.size - 1} are gone"
        message = f"the log has {scope.size} leaves, {checkpoint.size} were signed: the tail is cut off, {gone}"
        scope.findings.add("truncated", place, message)
    elif _root(scope, checkpoint.size) != checkpoint.root:
        message = f"the first {checkpoint.size} leaves have another root than was signed"
        scope.findings.add("root-changed", place, message)
    else:
        return checkpoint.size
    return None


def _opened(note: str, keys: Collection[VerifierKey]) -> Checkpoint | None:
    for key in keys:
        if key.kind == ED25519:
            try:
                return open_checkpoint(note, key=key, others=[other for other in keys if other != key])[0]
            except NoteError:
                continue
    return None


def _root(scope: Scope, size: int) -> bytes:
    """The root from stored nodes; nothing when nodes are missing, which was found before."""
    try:
        return tree.root(scope.connection, scope.log_id, size)
    except AuditError:
        return b""


def _check_payloads(connection: Connection, sealer: Sealer, findings: Findings) -> int:
    """Open every payload that still opens and hold it against its leaf; how many did not open."""
    unopened = 0
    for row in connection.execute(entries_query().order_by(event_table.c.seq)):
        place = f"row {row[0]}"
        try:
            entry = read_entry(row)
            place = f"event {entry.event_id} ({place})"
            open_plain(entry, sealer)
        except PayloadMismatchError:
            findings.add("payload-changed", place, "its payload is not the one that was logged")
        except SealError:
            unopened += 1
        except AuditError:
            findings.add("event-changed", place, "its bytes are not an event")
    return unopened
