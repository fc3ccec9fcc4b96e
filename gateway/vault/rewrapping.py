"""One step of a renewal: a batch of subjects moves from an old period key to the live one, in one transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from crypto.fields import open_field
from crypto.keys import WrappingKey, wrapped_by
from crypto.stream import generate_key
from gateway.vault.keys import data_context, field_context, subject_context
from gateway.vault.tables import DataKey, KeyRenewal, SearchToken, SubjectKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row, Table
    from sqlalchemy.orm import Session

    from gateway.vault.keys import Vault


class RenewalError(Exception):
    """A renewal cannot go on; nothing is destroyed until it can."""


def rewrap_batch(session: Session, vault: Vault, *, old: str, target: str, most: int, now: datetime) -> int:
    """Move up to `most` subjects to the target key, and return how many it were; zero means that none is left.

    A subject of which a part was erased gets a new key of its own, and its other data keys are wrapped again, so that
    the old one is never wrapped by the target. Search tokens are made again under the target.

    Source: issue 3, Keys (destruction that holds).
    """
    query = select(SubjectKey.__table__).where(SubjectKey.period_key_id == old).order_by(SubjectKey.subject_id)
    # Stronger than the shared lock of `Vault.store_data_key` and `forget`, weaker than what a foreign key waits for.
    rows = session.execute(query.limit(most).with_for_update(key_share=True)).all()
    if not rows:
        return 0
    ids = [row.subject_id for row in rows]
    bound = {row.subject_id: subject_context(row.kind, row.organisation_id, row.subject_id) for row in rows}
    opened = {row.subject_id: vault.keyring.unwrap(row.wrapped, bound[row.subject_id]) for row in rows}
    _renew_tokens(session, vault, rows, opened, target)
    fresh = {subject_id: generate_key() for subject_id in _with_erased_parts(session, ids)}
    _rewrap_data_keys(session, opened, fresh)
    keys = {**opened, **fresh}
    wraps = [
        {"b_id": subject_id, "b_wrapped": vault.keyring.wrap(target, keys[subject_id], context)}
        for subject_id, context in bound.items()
    ]
    table = _table(SubjectKey)
    moved = update(table).where(table.c.subject_id == bindparam("b_id"))
    session.connection().execute(moved.values(period_key_id=target, wrapped=bindparam("b_wrapped")), wraps)
    if fresh:
        asked = (KeyRenewal.subject_id.in_(fresh), KeyRenewal.part, KeyRenewal.renewed_at.is_(None))
        session.execute(update(KeyRenewal).where(*asked).values(renewed_at=now))
    return len(rows)


def _with_erased_parts(session: Session, ids: Sequence[str]) -> set[str]:
    query = select(KeyRenewal.subject_id).where(
        KeyRenewal.subject_id.in_(ids), KeyRenewal.part, KeyRenewal.renewed_at.is_(None)
    )
    return {subject_id for subject_id in session.scalars(query) if subject_id is not None}


def _rewrap_data_keys(session: Session, opened: Mapping[str, bytes], fresh: Mapping[str, bytes]) -> None:
    table = _table(DataKey)
    changes = []
    for row in session.execute(select(table).where(table.c.subject_id.in_(fresh))):
        if wrapped_by(row.wrapped) != row.subject_id:
            continue  # wrapped by another data key of this subject, and it dies with that one
        context = data_context(row.subject_id, row.purpose, row.ref)
        key = WrappingKey(row.subject_id, opened[row.subject_id]).unwrap(row.wrapped, context)
        wrapped = WrappingKey(row.subject_id, fresh[row.subject_id]).wrap(key, context)
        changes.append({"b_id": row.subject_id, "b_purpose": row.purpose, "b_ref": row.ref, "b_wrapped": wrapped})
    if changes:
        this = (
            table.c.subject_id == bindparam("b_id"),
            table.c.purpose == bindparam("b_purpose"),
            table.c.ref == bindparam("b_ref"),
        )
        session.connection().execute(update(table).where(*this).values(wrapped=bindparam("b_wrapped")), changes)


def _renew_tokens(
    session: Session, vault: Vault, rows: Sequence[Row[Any]], opened: Mapping[str, bytes], target: str
) -> None:
    tokens = _table(SearchToken)
    ids = [row.subject_id for row in rows]
    searched = set(session.scalars(select(tokens.c.subject_id).where(tokens.c.subject_id.in_(ids)).distinct()))
    by_kind: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.subject_id in searched:
            by_kind[row.kind].append(row.subject_id)
    for kind, subject_ids in by_kind.items():
        values = _values(session, vault, kind, subject_ids, opened)
        made = [
            {"subject_id": subject_id, "kind": token_kind, "token": token, "period_key_id": target}
            for subject_id in subject_ids
            for token_kind, told in values[subject_id].items()
            for token in _tokens(vault, target, token_kind, told)
        ]
        session.execute(delete(tokens).where(tokens.c.subject_id.in_(subject_ids)))
        if made:
            session.connection().execute(insert(tokens), made)


def _tokens(vault: Vault, key_id: str, kind: str, values: Iterable[str]) -> list[bytes]:
    return [vault.keyring.token(key_id, kind, value.encode()) for value in sorted(set(values))]


def _values(
    session: Session, vault: Vault, kind: str, subject_ids: Sequence[str], opened: Mapping[str, bytes]
) -> Mapping[str, Mapping[str, Iterable[str]]]:
    source = vault.token_sources.get(kind)
    if source is None:
        raise RenewalError(f"nobody can tell the search tokens of a {kind} again; they would be lost")
    fields = _fields_keys(session, subject_ids, opened)

    def open_json(subject_id: str, ref: str, sealed: bytes) -> Any:
        return json.loads(open_field(fields[subject_id], field_context(subject_id, ref), sealed))

    values = source(session, subject_ids, open_json)
    missing = [subject_id for subject_id in subject_ids if subject_id not in values]
    if missing:
        raise RenewalError(f"no search tokens were told for {missing[0]} (and {len(missing) - 1} more)")
    return values


def _fields_keys(session: Session, subject_ids: Sequence[str], opened: Mapping[str, bytes]) -> dict[str, bytes]:
    table = _table(DataKey)
    query = select(table.c.subject_id, table.c.wrapped).where(
        table.c.subject_id.in_(subject_ids), table.c.purpose == "fields", table.c.ref == ""
    )
    return {
        subject_id: WrappingKey(subject_id, opened[subject_id]).unwrap(wrapped, data_context(subject_id, "fields", ""))
        for subject_id, wrapped in session.execute(query)
    }


def _table(entity: Any) -> Table:
    table: Table = entity.__table__
    return table
