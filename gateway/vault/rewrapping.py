"""One step of a renewal: a batch of subjects moves from an old period key to the live one, in one transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from crypto.fields import open_field
from crypto.keys import WrappingKey, wrapped_by
from crypto.stream import generate_key
from gateway.vault.keys import data_context, field_context, subject_context
from gateway.vault.tables import DataKey, KeyRenewal, SearchToken, SubjectKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from crypto.context import SealContext
    from gateway.vault.keys import Vault


class RenewalError(Exception):
    """A renewal cannot go on; nothing is destroyed until it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Neighbours in the order of their ids that hang under one old period key."""

    old: str
    target: str
    first: str
    last: str
    kinds: Mapping[str, str]
    bound: Mapping[str, SealContext]
    opened: Mapping[str, bytes] = field(repr=False)


def rewrap_batch(session: Session, vault: Vault, *, old: str, target: str, most: int, now: datetime) -> int:
    """Move up to `most` subjects to the target key, and return how many it were; zero means that none is left.

    A subject of which a part was erased gets a new key of its own, and its other data keys are wrapped again, so that
    the old one is never wrapped by the target. Search tokens are made again under the target.

    Source: issue 3, Keys (destruction that holds).
    """
    batch = _take(session, vault, old=old, target=target, most=most)
    if batch is None:
        return 0
    _renew_tokens(session, vault, batch)
    fresh = {subject_id: generate_key() for subject_id in _with_erased_parts(session, batch)}
    _rewrap_data_keys(session, batch, fresh)
    keys = {**batch.opened, **fresh}
    wraps = vault.keyring.wrap_many(
        target, ((keys[subject_id], context) for subject_id, context in batch.bound.items())
    )
    sql = "UPDATE subject_key SET period_key_id = ?, wrapped = ? WHERE subject_id = ?"
    _write_many(session, sql, [(target, wrapped, subject_id) for subject_id, wrapped in zip(keys, wraps, strict=True)])
    if fresh:
        asked = (KeyRenewal.subject_id.in_(fresh), KeyRenewal.part, KeyRenewal.renewed_at.is_(None))
        session.execute(update(KeyRenewal).where(*asked).values(renewed_at=now))
    return len(wraps)


def _take(session: Session, vault: Vault, *, old: str, target: str, most: int) -> _Batch | None:
    query = select(SubjectKey.__table__).where(SubjectKey.period_key_id == old).order_by(SubjectKey.subject_id)
    # Stronger than the shared lock of `Vault.store_data_key` and `forget`, weaker than what a foreign key waits for.
    rows = session.execute(query.limit(most).with_for_update(key_share=True)).all()
    if not rows:
        return None
    bound = {row.subject_id: subject_context(row.kind, row.organisation_id, row.subject_id) for row in rows}
    keys = vault.keyring.unwrap_many((row.wrapped, bound[row.subject_id]) for row in rows)
    return _Batch(
        old=old,
        target=target,
        first=rows[0].subject_id,
        last=rows[-1].subject_id,
        kinds={row.subject_id: row.kind for row in rows},
        bound=bound,
        opened=dict(zip(bound, keys, strict=True)),
    )


def _write_many(session: Session, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Send one statement for many rows straight to the driver: SQLAlchemy's own way takes longer than the sealing."""
    if rows:
        sql = sql if session.get_bind().dialect.name == "sqlite" else sql.replace("?", "%s")
        session.connection().exec_driver_sql(sql, list(rows))


def _with_erased_parts(session: Session, batch: _Batch) -> set[str]:
    query = select(KeyRenewal.subject_id).where(KeyRenewal.part, KeyRenewal.renewed_at.is_(None))
    query = query.where(KeyRenewal.subject_id.between(batch.first, batch.last))
    return {subject_id for subject_id in session.scalars(query) if subject_id and subject_id in batch.bound}


def _rewrap_data_keys(session: Session, batch: _Batch, fresh: Mapping[str, bytes]) -> None:
    changes = []
    for row in session.execute(select(DataKey.__table__).where(DataKey.subject_id.in_(fresh))):
        if wrapped_by(row.wrapped) != row.subject_id:
            continue  # wrapped by another data key of this subject, and it dies with that one
        context = data_context(row.subject_id, row.purpose, row.ref)
        key = WrappingKey(row.subject_id, batch.opened[row.subject_id]).unwrap(row.wrapped, context)
        wrapped = WrappingKey(row.subject_id, fresh[row.subject_id]).wrap(key, context)
        changes.append((wrapped, row.subject_id, row.purpose, row.ref))
    _write_many(session, "UPDATE data_key SET wrapped = ? WHERE subject_id = ? AND purpose = ? AND ref = ?", changes)


def _renew_tokens(session: Session, vault: Vault, batch: _Batch) -> None:
    # By the subjects and not by the period key: a database may go through all tokens of that key for each batch.
    of_batch = select(SearchToken.subject_id, SearchToken.period_key_id).where(SearchToken.subject_id.in_(batch.kinds))
    searched = {subject_id for subject_id, key in session.execute(of_batch) if key == batch.old}
    by_kind: dict[str, list[str]] = defaultdict(list)
    for subject_id in sorted(searched):
        by_kind[batch.kinds[subject_id]].append(subject_id)
    if not by_kind:
        return
    fields = _fields_keys(session, batch)
    made: list[tuple[Any, ...]] = []
    for kind, subject_ids in by_kind.items():
        values = _values(session, vault, kind, subject_ids, fields)
        told = [(i, name, value) for i in subject_ids for name, given in values[i].items() for value in set(given)]
        for name in {name for _, name, _ in told}:
            of_this = [(subject_id, value) for subject_id, other, value in told if other == name]
            tokens = vault.keyring.token_many(batch.target, name, (value.encode() for _, value in of_this))
            made += [(i, name, token, batch.target) for (i, _), token in zip(of_this, tokens, strict=True)]
    _write_many(session, "DELETE FROM search_token WHERE subject_id = ?", [(each,) for each in sorted(searched)])
    _write_many(session, "INSERT INTO search_token (subject_id, kind, token, period_key_id) VALUES (?, ?, ?, ?)", made)


def _values(
    session: Session, vault: Vault, kind: str, subject_ids: Sequence[str], fields: Mapping[str, bytes]
) -> Mapping[str, Mapping[str, Iterable[str]]]:
    source = vault.token_sources.get(kind)
    if source is None:
        raise RenewalError(f"nobody can tell the search tokens of a {kind} again; they would be lost")

    def open_json(subject_id: str, ref: str, sealed: bytes) -> Any:
        return json.loads(open_field(fields[subject_id], field_context(subject_id, ref), sealed))

    values = source(session, subject_ids, open_json)
    missing = [subject_id for subject_id in subject_ids if subject_id not in values]
    if missing:
        raise RenewalError(f"no search tokens were told for {missing[0]} (and {len(missing) - 1} more)")
    return values


def _fields_keys(session: Session, batch: _Batch) -> dict[str, bytes]:
    query = (
        select(DataKey.subject_id, DataKey.wrapped)
        .join(SubjectKey, SubjectKey.subject_id == DataKey.subject_id)
        .where(SubjectKey.period_key_id == batch.old, SubjectKey.subject_id.between(batch.first, batch.last))
        .where(DataKey.purpose == "fields", DataKey.ref == "")
    )
    return {
        i: WrappingKey(i, batch.opened[i]).unwrap(wrapped, data_context(i, "fields", ""))
        for i, wrapped in session.execute(query)
        if i in batch.opened
    }
