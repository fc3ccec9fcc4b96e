"""Writing events with the act they belong to, and reading them back."""

import json
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, LargeBinary, Row, Select, and_, bindparam, cast, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from audit.errors import AuditError, EventError, PayloadMismatchError, SealError
from audit.events import (
    Action,
    Event,
    FixedFields,
    commitment_of,
    parse_instant,
    payload_text,
    read_canonical,
    spelled,
)
from audit.events import instant_text as _text
from audit.tables import event as event_table
from audit.tables import leaf as leaf_table
from audit.tables import pending as pending_table

MOST_ROWS: Final = 500

_SALT_BYTES: Final = 32
_CURSOR: Final = re.compile(r"(?P<at>[^_]{27})_(?P<seq>[0-9]{1,18})\Z")


class Sealer(Protocol):
    """What the gateway hands in to seal personal payloads: under the dossier's audit key, or a log key without one."""

    def seal(self, *, dossier: str | None, event_id: str, plain: bytes) -> bytes:
        """Seal ``plain``, bound to the dossier and the event."""

    def open(self, *, dossier: str | None, event_id: str, sealed: bytes) -> bytes:
        """Open what ``seal`` made, or raise: another key, another event, a destroyed key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(FixedFields):
    """One event as it stands in the log: its fixed fields, read from the stored bytes and not from their columns.

    ``commitment`` is the hex hash that the sealed payload must meet (None: no payload), ``sealed`` the sealed payload,
    ``leaf_index`` its place in the tree of ``log_id`` (a log that ended bears its origin as its id); both are None
    while it waits for the sequencer.
    """

    seq: int
    canonical: bytes = field(repr=False)
    commitment: str | None
    sealed: bytes | None = field(repr=False)
    log_id: str | None
    leaf_index: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows, newest first, and the cursor of the next page (None: there is none)."""

    rows: tuple[Entry, ...]
    next_cursor: str | None


def append(connection: Connection, event: Event, sealer: Sealer) -> str:
    """Write the event in the caller's transaction and return its id; if it cannot be written the act fails.

    The bytes are made once, here, and stored; the sequencer hashes them as stored. Raises ``AuditError``; the caller
    rolls back. Source: issue 5 (no act without event, no event without act).
    """
    commitment, sealed = _seal(event, sealer)
    values: dict[str, Any] = event.clear()
    values["canonical"] = spelled(values, commitment)
    values["sealed"] = sealed
    try:
        _write(connection, values)
    except SQLAlchemyError as error:
        # The statement's parameters must not travel in a message: only the kind of error is named.
        raise AuditError(f"the event could not be written ({type(error).__name__})") from None
    return event.event_id


def events(
    connection: Connection,
    *,
    tenant: str | None = None,
    dossier: str | None = None,
    actor: str | None = None,
    object_id: str | None = None,
    action: Action | Collection[Action] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of the log, newest first; a filter that is None does not filter.

    ``since`` is included, ``until`` is not. ``before`` is the ``next_cursor`` of the page before; a cursor of another
    making raises ``EventError``. ``limit`` is 1 to 500. The cost does not grow with the log (keyset paging). A row
    whose bytes were tampered with until they are no event raises ``EventError`` too: ``verify_log`` names the place.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise EventError(f"a page has 1 to {MOST_ROWS} rows")
    table = event_table.c
    query = entries_query()
    wanted = ((table.tenant, tenant), (table.dossier, dossier), (table.actor, actor), (table.object_id, object_id))
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    if action is not None:
        chosen = [action] if isinstance(action, Action) else list(action)
        query = query.where(table.action.in_([each.value for each in chosen]))
    if since is not None:
        query = query.where(table.at >= _text(since))
    if until is not None:
        query = query.where(table.at < _text(until))
    if before is not None:
        at, seq = _read_cursor(before)
        query = query.where(and_(table.at <= at, or_(table.at < at, table.seq < seq)))
    found = connection.execute(query.order_by(table.at.desc(), table.seq.desc()).limit(limit + 1)).all()
    rows = tuple(read_entry(row) for row in found[:limit])
    more = len(found) > limit
    return Page(rows=rows, next_cursor=cursor_of(rows[-1]) if more else None)


def cursor_of(row: Entry) -> str:
    """The cursor of the page that begins after this row, for ``before`` of ``events``."""
    return f"{_text(row.at)}_{row.seq}"


def find(connection: Connection, event_id: str) -> Entry | None:
    """The event with this id, or None."""
    row = connection.execute(entries_query().where(event_table.c.event_id == event_id)).one_or_none()
    return None if row is None else read_entry(row)


def open_payload(row: Entry, sealer: Sealer) -> Mapping[str, Any]:
    """The payload of a row, proven to be the one its leaf commits to; empty when it has none.

    Raises ``SealError`` when it cannot be opened (its key was destroyed), is gone, or is not what was logged.
    """
    plain = open_plain(row, sealer)
    if plain is None:
        return {}
    return dict(json.loads(plain)["payload"])


def open_plain(row: Entry, sealer: Sealer) -> bytes | None:
    """The inside of the sealed payload as it was hashed (salt and payload), or None when the event has no payload."""
    if row.commitment is None:
        return None
    if row.sealed is None:
        raise SealError("the payload is gone")
    try:
        plain = sealer.open(dossier=row.dossier, event_id=row.event_id, sealed=row.sealed)
    except Exception as error:
        raise SealError("the payload cannot be opened") from error
    if commitment_of(plain) != row.commitment:
        raise PayloadMismatchError("the payload is not the one that was logged")
    return plain


def forget_payloads(connection: Connection, dossier: str) -> int:
    """Remove the sealed payloads of a dossier's events and return how many; the records and the tree stay whole.

    What makes them unreadable everywhere, backups included, is destroying the dossier's audit key; this takes the
    ciphertext away as well. Source: issue 5 (destruction removes the persons while the tree still verifies).
    """
    held = and_(event_table.c.dossier == dossier, event_table.c.sealed.is_not(None))
    return connection.execute(update(event_table).where(held).values(sealed=None)).rowcount


def reseal(connection: Connection, entry: Entry, old: Sealer, new: Sealer) -> None:
    """Seal an entry's payload under another key: no leaf changes. ``SealError`` when the old one does not open."""
    plain = open_plain(entry, old)
    if plain is not None:
        sealed = new.seal(dossier=entry.dossier, event_id=entry.event_id, plain=plain)
        connection.execute(update(event_table).where(event_table.c.seq == entry.seq).values(sealed=sealed))


def entries_query() -> Select[int, bytes, bytes | None, str | None, int | None]:
    """The query whose rows ``read_entry`` reads."""
    table, leaf = event_table.c, leaf_table.c
    joined = event_table.outerjoin(leaf_table, leaf.event_seq == table.seq)
    canonical = cast(table.canonical, LargeBinary)  # SQLite would also hold a text in their place
    return select(table.seq, canonical, table.sealed, leaf.log_id, leaf.leaf_index).select_from(joined)


def read_entry(row: Row[int, bytes, bytes | None, str | None, int | None]) -> Entry:
    """An entry from a row of ``entries_query``; bytes that are no event raise ``EventError``."""
    seq, canonical, sealed, log_id, leaf_index = row
    values, commitment = read_canonical(canonical)
    return Entry(
        seq=seq,
        canonical=canonical,
        commitment=commitment,
        sealed=sealed,
        log_id=log_id,
        leaf_index=leaf_index,
        **values,
    )


_INSERT_EVENT: Final = insert(event_table)
_INSERT_PENDING: Final = insert(pending_table)
_WRITTEN: Final = (
    insert(event_table)
    .values({column.name: bindparam(column.name) for column in event_table.c if not column.primary_key})
    .returning(event_table.c.seq)
    .cte("written")
)
_INSERT_BOTH: Final = insert(pending_table).from_select(["event_seq"], select(_WRITTEN.c.seq))


def _write(connection: Connection, values: dict[str, Any]) -> None:
    """Write event and waiting row; on PostgreSQL in one statement, because each is a way there and back."""
    if connection.dialect.name == "postgresql":
        connection.execute(_INSERT_BOTH, values)
    else:
        result = connection.execute(_INSERT_EVENT, values)
        connection.execute(_INSERT_PENDING, {"event_seq": (result.inserted_primary_key or (None,))[0]})


def _seal(event: Event, sealer: Sealer) -> tuple[str | None, bytes | None]:
    if not event.payload:
        return None, None
    inside = {"payload": event.payload, "salt": secrets.token_hex(_SALT_BYTES)}
    plain = payload_text(inside).encode()
    try:
        sealed = sealer.seal(dossier=event.dossier, event_id=event.event_id, plain=plain)
    except Exception as error:
        raise SealError("the payload cannot be sealed") from error
    return commitment_of(plain), sealed


def _read_cursor(cursor: str) -> tuple[str, int]:
    match = _CURSOR.match(cursor)
    if match is None:
        raise EventError("the cursor is not one of this log")
    parse_instant(match["at"])
    return match["at"], int(match["seq"])
