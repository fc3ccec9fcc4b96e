"""Keys of dossiers and accounts: made, wrapped, opened. The hierarchy is that of `crypto/FORMAT.md`.

keyring → period key (organisation and quarter) → subject key (dossier or account) → data keys, one a purpose.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from crypto.context import SealContext
from crypto.fields import open_field, seal_field
from crypto.keys import unwrap_key, wrap_key
from crypto.stream import generate_key
from gateway.vault.tables import DataKey, SearchToken, SubjectKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from crypto.keyring import Keyring

DOSSIER = "dossier"
ACCOUNT = "account"
_AT_ONCE = 500


def period_of(day: date) -> str:
    """The calendar quarter of a day, such as `2026Q4`."""
    return f"{day.year}Q{(day.month - 1) // 3 + 1}"


class Vault:
    """The keys behind the tables. It hands out key bytes to callers in the gateway and keeps none itself."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring

    def create_subject(
        self, session: Session, *, kind: str, subject_id: str, organisation_id: str, opened_on: date
    ) -> None:
        """Make the key of a new dossier or account, and its `fields`, `audit` and `duplicate` keys.

        Source: PR10.1; the period is the quarter in which it was opened.
        """
        key_id = self.keyring.ensure_period_key(organisation_id, period_of(opened_on))
        key = generate_key()
        context = SealContext(purpose=f"{kind}-key", organisation=organisation_id, dossier=subject_id)
        session.add(
            SubjectKey(
                subject_id=subject_id,
                kind=kind,
                organisation_id=organisation_id,
                period_key_id=key_id,
                wrapped=self.keyring.wrap(key_id, key, context),
            )
        )
        session.flush()
        for purpose in ("fields", "audit", "duplicate"):
            self._store(session, subject_id, purpose, "", generate_key(), subject_key=key)

    def preload(
        self, session: Session, subject_ids: Iterable[str], purposes: tuple[str, ...] = ("fields", "audit")
    ) -> None:
        """Read the keys of many subjects in two queries instead of two each; the session keeps them while it lives."""
        wanted = sorted(set(subject_ids))
        held: list[object] = session.info.setdefault("preloaded", [])
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            held += session.scalars(select(SubjectKey).where(SubjectKey.subject_id.in_(part))).all()
            held += session.scalars(
                select(DataKey).where(DataKey.subject_id.in_(part), DataKey.purpose.in_(purposes), DataKey.ref == "")
            ).all()

    def subject_key(self, session: Session, subject_id: str) -> bytes:
        """Open the key of a dossier or account.

        Raises:
            LookupError: there is no such subject (any more).
            crypto.errors.KeyDestroyed: its period key was destroyed.
        """
        row = session.get(SubjectKey, subject_id)
        if row is None:
            raise LookupError("no key for this subject")
        context = SealContext(purpose=f"{row.kind}-key", organisation=row.organisation_id, dossier=subject_id)
        return self.keyring.unwrap(row.wrapped, context)

    def data_key(self, session: Session, subject_id: str, purpose: str, ref: str = "") -> bytes:
        """Open the data key of one purpose."""
        row = session.get(DataKey, (subject_id, purpose, ref))
        if row is None:
            raise LookupError("no such data key")
        context = _data_context(subject_id, purpose, ref)
        return unwrap_key(self.subject_key(session, subject_id), subject_id, row.wrapped, context)

    def store_data_key(self, session: Session, subject_id: str, purpose: str, ref: str, key: bytes) -> None:
        """Keep a data key that the caller made, wrapped by its subject's key."""
        self._store(session, subject_id, purpose, ref, key, subject_key=self.subject_key(session, subject_id))

    def forget_data_key(self, session: Session, subject_id: str, purpose: str, ref: str) -> None:
        """Delete one wrapped data key. Final once the dossier key and the period key are renewed (keys that die)."""
        session.execute(
            delete(DataKey).where(DataKey.subject_id == subject_id, DataKey.purpose == purpose, DataKey.ref == ref)
        )

    def seal_json(self, session: Session, subject_id: str, ref: str, value: Any) -> bytes:
        """Seal a small value under the subject's `fields` key; `ref` names its place and is bound to it."""
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        return seal_field(self.data_key(session, subject_id, "fields"), _field_context(subject_id, ref), plain)

    def open_json(self, session: Session, subject_id: str, ref: str, sealed: bytes) -> Any:
        """Open what `seal_json` made for the same subject and place."""
        plain = open_field(self.data_key(session, subject_id, "fields"), _field_context(subject_id, ref), sealed)
        return json.loads(plain)

    def add_tokens(self, session: Session, subject_id: str, kind: str, values: Iterable[str]) -> None:
        """Replace the subject's search tokens of this kind."""
        row = session.get(SubjectKey, subject_id)
        if row is None:
            raise LookupError("no key for this subject")
        session.execute(delete(SearchToken).where(SearchToken.subject_id == subject_id, SearchToken.kind == kind))
        for value in sorted(set(values)):
            token = self.keyring.token(row.period_key_id, kind, value.encode())
            session.add(SearchToken(subject_id=subject_id, kind=kind, token=token, period_key_id=row.period_key_id))

    def find(self, session: Session, organisation_id: str, kind: str, value: str) -> set[str]:
        """The subjects whose tokens match: one token is computed for each live period key (issue: sealed)."""
        tokens = [
            self.keyring.token(key_id, kind, value.encode()) for key_id in self.keyring.live_key_ids(organisation_id)
        ]
        if not tokens:
            return set()
        query = select(SearchToken.subject_id).where(SearchToken.kind == kind, SearchToken.token.in_(tokens))
        return set(session.scalars(query))

    def _store(
        self, session: Session, subject_id: str, purpose: str, ref: str, key: bytes, *, subject_key: bytes
    ) -> None:
        wrapped = wrap_key(subject_key, subject_id, key, _data_context(subject_id, purpose, ref))
        session.add(DataKey(subject_id=subject_id, purpose=purpose, ref=ref, wrapped=wrapped))


def _data_context(subject_id: str, purpose: str, ref: str) -> SealContext:
    return SealContext(purpose=f"key:{purpose}", dossier=subject_id, document=ref)


def _field_context(subject_id: str, ref: str) -> SealContext:
    return SealContext(purpose="field", dossier=subject_id, document=ref)
