"""Keys of dossiers and accounts: made, wrapped, opened. The hierarchy is that of `crypto/FORMAT.md`.

keyring → period key (organisation and quarter) → subject key (dossier or account) → data keys, one a purpose.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, bindparam, delete, select

from crypto.context import SealContext
from crypto.errors import KeyDestroyed
from crypto.fields import open_field, seal_field
from crypto.keys import unwrap_key, wrap_key
from crypto.stream import generate_key
from gateway.vault import locks
from gateway.vault.tables import DataKey, KeyRenewal, SearchToken, SubjectKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Row, Select
    from sqlalchemy.orm import Session

    from crypto.keyring import Keyring

    OpenJson = Callable[[str, str, bytes], Any]
    TokenValues = Mapping[str, Iterable[str]]
    TokenSource = Callable[[Session, Sequence[str], OpenJson], Mapping[str, TokenValues]]

DOSSIER = "dossier"
ACCOUNT = "account"
_QUARTER = re.compile(r"[0-9]{4}Q[1-4]")
_AT_ONCE = 500
_KEPT = "data keys"


def is_quarter(name: str) -> bool:
    """Whether a period is a quarter, under whose key subjects hang (and not a log's or a standing one)."""
    return bool(_QUARTER.fullmatch(name))


def period_of(day: date) -> str:
    """The calendar quarter of a day, such as `2026Q4`."""
    return f"{day.year}Q{(day.month - 1) // 3 + 1}"


class Vault:
    """The keys behind the tables. It hands out key bytes to callers in the gateway and keeps none itself.

    `token_sources` has, for each kind of subject that is searched, who can tell again what its search tokens are made
    of: source(session, subject ids, open) gives {subject id: {token kind: values}}, and open(subject id, ref, sealed)
    opens a sealed field. A renewal needs it, and the vault knows no schools.
    """

    def __init__(self, keyring: Keyring, token_sources: Mapping[str, TokenSource] | None = None) -> None:
        self.keyring = keyring
        self.token_sources = dict(token_sources or {})

    def create_subject(
        self, session: Session, *, kind: str, subject_id: str, organisation_id: str, opened_on: date
    ) -> None:
        """Make the key of a new dossier or account, and its `fields`, `audit` and `duplicate` keys.

        Source: PR10.1; the period is the quarter in which it was opened.
        """
        locks.may_wrap(session, organisation_id, period_of(opened_on))
        key_id = self.keyring.ensure_period_key(organisation_id, period_of(opened_on))
        key = generate_key()
        context = subject_context(kind, organisation_id, subject_id)
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
        """Read the keys of many subjects in one query instead of one each; the session keeps them while it lives."""
        wanted = sorted(set(subject_ids))
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            query = _PAIRS.where(DataKey.subject_id.in_(part), DataKey.purpose.in_(purposes), DataKey.ref == "")
            _kept(session).wrapped.update(_placed(session.execute(query)))

    def preload_parts(self, session: Session, subject_id: str, parts: Iterable[str]) -> None:
        """Read the keys of many parts of one subject in one query; the session keeps them while it lives."""
        query = _PAIRS.where(
            DataKey.subject_id == subject_id, DataKey.purpose == "fields", DataKey.ref.in_(list(parts))
        )
        _kept(session).wrapped.update(_placed(session.execute(query)))

    def subject_key(self, session: Session, subject_id: str) -> bytes:
        """Open the key of a dossier or account.

        Raises:
            LookupError: there is no such subject (any more).
            crypto.errors.KeyDestroyed: its period key was destroyed.
        """
        row = session.get(SubjectKey, subject_id)
        if row is None:
            raise LookupError("no key for this subject")
        try:
            return self._unwrap(row)
        except KeyDestroyed:
            # This session may look at the rows of before a renewal that ended meanwhile.
            found = _committed(session, select(SubjectKey.__table__).where(SubjectKey.subject_id == subject_id))
            if found is None or found.period_key_id == row.period_key_id:
                raise
            return self._unwrap(found)

    def data_key(self, session: Session, subject_id: str, purpose: str, ref: str = "") -> bytes:
        """Open the data key of one purpose; the session remembers it, for a page asks for the same few keys often.

        No renewal changes a data key, only its wraps; what this session itself erases, it forgets.

        Raises:
            LookupError: there is no such key (any more).
            crypto.errors.KeyDestroyed: its period key was destroyed.
        """
        kept, place = _kept(session), (subject_id, purpose, ref)
        if place not in kept.opened:
            if not self._has_read(session, place):
                raise LookupError("no such data key")
            kept.opened[place] = self._open_pair(session, kept.wrapped.pop(place))
        return kept.opened[place]

    def _has_read(self, session: Session, place: tuple[str, str, str]) -> bool:
        """Whether there is such a key; it is read with all other purposes of its place."""
        kept = _kept(session)
        if place not in kept.opened and place not in kept.wrapped:
            # Both wraps in one statement, which sees one moment.
            kept.wrapped.update(_placed(session.execute(_OF_ONE, {"subject": place[0], "ref": place[2]})))
        return place in kept.opened or place in kept.wrapped

    def _open_pair(self, session: Session, row: Row[Any]) -> bytes:
        context = data_context(row.subject_id, row.purpose, row.ref)
        try:
            return unwrap_key(self._unwrap(row), row.subject_id, row.data_wrapped, context)
        except KeyDestroyed:
            # This session may look at the rows of before a renewal that ended meanwhile.
            of_place = _PAIRS.where(
                DataKey.subject_id == row.subject_id, DataKey.purpose == row.purpose, DataKey.ref == row.ref
            )
            found = _committed(session, of_place)
            if found is None or found.period_key_id == row.period_key_id:
                raise
            return unwrap_key(self._unwrap(found), found.subject_id, found.data_wrapped, context)

    def store_data_key(self, session: Session, subject_id: str, purpose: str, ref: str, key: bytes) -> None:
        """Keep a data key that the caller made, wrapped by its subject's key, which nobody renews until the commit."""
        subject_key = self._unwrap(_held(session, subject_id))
        self._store(session, subject_id, purpose, ref, key, subject_key=subject_key)

    def forget(self, session: Session, subject_id: str, ref: str, *more: str, now: datetime) -> None:
        """Erase a part of a subject: its data keys go now, and the keys above them are renewed at night.

        `ref`, which names the part in the request, and `more` are the refs of its keys. What a backup still holds of
        the part can be opened until then: the erasure is *voorlopig*.

        Source: issue 3, Keys (erasing one document).
        """
        session.info.pop(_KEPT, None)
        self._ask(session, _held(session, subject_id), object_id=ref, part=True, now=now)
        session.execute(delete(DataKey).where(DataKey.subject_id == subject_id, DataKey.ref.in_((ref, *more))))

    def forget_subject(self, session: Session, subject_id: str, *, now: datetime) -> None:
        """Erase a whole subject: its keys and tokens go now, and its period key at night. *Voorlopig* until then."""
        session.info.pop(_KEPT, None)
        row = _held(session, subject_id)
        self._ask(session, row, object_id=None, part=False, now=now)
        session.execute(delete(SubjectKey).where(SubjectKey.subject_id == subject_id))

    def _ask(self, session: Session, row: SubjectKey, *, object_id: str | None, part: bool, now: datetime) -> None:
        try:
            info = self.keyring.describe(row.period_key_id)
        except KeyDestroyed:
            return  # nothing of this subject can be opened any more (an old backup was put back)
        session.add(
            KeyRenewal(
                organisation_id=info.organisation,
                period=info.period,
                period_key_id=info.id,
                subject_id=row.subject_id,
                object_id=object_id,
                part=part,
                asked_at=now,
            )
        )

    def _unwrap(self, row: SubjectKey | Row[Any]) -> bytes:
        return self.keyring.unwrap(row.wrapped, subject_context(row.kind, row.organisation_id, row.subject_id))

    def create_part(self, session: Session, subject_id: str, part: str) -> None:
        """Give a part of a subject (a document) a `fields` key of its own, so that its values can be erased with it."""
        self.store_data_key(session, subject_id, "fields", part, generate_key())

    def has_part(self, session: Session, subject_id: str, part: str) -> bool:
        """Whether this part has a `fields` key of its own."""
        return self._has_read(session, (subject_id, "fields", part))

    def seal_json(self, session: Session, subject_id: str, ref: str, value: Any, *, part: str = "") -> bytes:
        """Seal a small value under the `fields` key of the subject, or of a part of it; `ref` names its place."""
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        return seal_field(self.data_key(session, subject_id, "fields", part), field_context(subject_id, ref), plain)

    def open_json(self, session: Session, subject_id: str, ref: str, sealed: bytes, *, part: str = "") -> Any:
        """Open what `seal_json` made for the same subject, part and place."""
        plain = open_field(self.data_key(session, subject_id, "fields", part), field_context(subject_id, ref), sealed)
        return json.loads(plain)

    def add_tokens(self, session: Session, subject_id: str, kind: str, values: Iterable[str]) -> None:
        """Replace the subject's search tokens of this kind."""
        row = _held(session, subject_id)
        session.execute(delete(SearchToken).where(SearchToken.subject_id == subject_id, SearchToken.kind == kind))
        for value in sorted(set(values)):
            token = self.keyring.token(row.period_key_id, kind, value.encode())
            session.add(SearchToken(subject_id=subject_id, kind=kind, token=token, period_key_id=row.period_key_id))

    def find(
        self, session: Session, organisation_id: str, kind: str, value: str, *, within: Select[str] | None = None
    ) -> set[str]:
        """The subjects whose tokens match: one token is computed for each live period key (issue: sealed).

        `within` are the only subjects that may come back: what is another's costs the work of what does not exist.
        """
        while True:
            key_ids = self.keyring.live_key_ids(organisation_id)
            tokens = [self.keyring.token(key_id, kind, value.encode()) for key_id in key_ids]
            if not tokens:
                return set()
            query = select(SearchToken.subject_id).where(SearchToken.kind == kind, SearchToken.token.in_(tokens))
            if within is not None:
                query = query.where(SearchToken.subject_id.in_(within))
            found = set(session.scalars(query))
            if self.keyring.live_key_ids(organisation_id) == key_ids:
                return found  # else a key was renewed between the tokens and the query

    def _store(
        self, session: Session, subject_id: str, purpose: str, ref: str, key: bytes, *, subject_key: bytes
    ) -> None:
        wrapped = wrap_key(subject_key, subject_id, key, data_context(subject_id, purpose, ref))
        _kept(session).opened.pop((subject_id, purpose, ref), None)
        session.add(DataKey(subject_id=subject_id, purpose=purpose, ref=ref, wrapped=wrapped))


def subject_context(kind: str, organisation_id: str, subject_id: str) -> SealContext:
    """What the wrap of a subject's key is bound to."""
    return SealContext(purpose=f"{kind}-key", organisation=organisation_id, dossier=subject_id)


def data_context(subject_id: str, purpose: str, ref: str) -> SealContext:
    """What the wrap of a data key is bound to."""
    return SealContext(purpose=f"key:{purpose}", dossier=subject_id, document=ref)


def _held(session: Session, subject_id: str) -> SubjectKey:
    """The subject's row as it is now, which no renewal changes until this transaction ends."""
    row = session.get(SubjectKey, subject_id, with_for_update={"read": True}, populate_existing=True)
    if row is None:
        raise LookupError("no key for this subject")
    return row


@dataclass(frozen=True, slots=True)
class _Kept:
    """The data keys that a session has read: not yet opened, and opened. They end with the session."""

    wrapped: dict[tuple[str, str, str], Row[Any]] = field(default_factory=dict, repr=False)
    opened: dict[tuple[str, str, str], bytes] = field(default_factory=dict, repr=False)


def _kept(session: Session) -> _Kept:
    kept: _Kept = session.info.setdefault(_KEPT, _Kept())
    return kept


_PAIRS = select(SubjectKey.__table__, DataKey.purpose, DataKey.ref, DataKey.wrapped.label("data_wrapped")).join(
    DataKey, DataKey.subject_id == SubjectKey.subject_id
)
_OF_ONE = _PAIRS.where(DataKey.subject_id == bindparam("subject"), DataKey.ref == bindparam("ref"))


def _placed(rows: Iterable[Row[Any]]) -> dict[tuple[str, str, str], Row[Any]]:
    return {(row.subject_id, row.purpose, row.ref): row for row in rows}


def _committed(session: Session, query: Select[Any]) -> Row[Any] | None:
    """One row as it is committed now, seen past the snapshot and the memory of this session."""
    bind = session.get_bind()
    engine: Engine = bind.engine if isinstance(bind, Connection) else bind
    with engine.execution_options(dossierpoort_write=False).connect() as connection:
        return connection.execute(query).first()


def field_context(subject_id: str, ref: str) -> SealContext:
    """What a sealed field is bound to."""
    return SealContext(purpose="field", dossier=subject_id, document=ref)
