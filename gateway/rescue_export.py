"""What `python -m crypto.rescue` needs beside the keyring and the objects: every wrap and the sealed fields, as lines.

Nothing is opened here: without the keyring these lines tell no more than the database they came from.

Source: issue 3, Keys (escrow and rescue); `crypto/FORMAT.md`, Export for the rescue decryptor.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts.tables import Account
from gateway.consent.tables import Consent
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers import labels
from gateway.dossiers.content import document_context
from gateway.dossiers.tables import DocumentVersion, Dossier
from gateway.vault.keys import data_context, field_context, subject_context
from gateway.vault.tables import DataKey, SubjectKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from crypto.context import SealContext
    from gateway.services import Services

_AT_ONCE = 500
_DOCUMENT = "document"


def lines(services: Services) -> Iterator[dict[str, Any]]:
    """Give every line, keys first; the database is read at one moment."""
    sharded = services.settings.storage == "local"
    with services.db.reading() as session:
        for subject in session.scalars(select(SubjectKey).execution_options(yield_per=_AT_ONCE)):
            context = subject_context(subject.kind, subject.organisation_id, subject.subject_id)
            yield _line(context, key=subject.subject_id, wrapped=subject.wrapped)
        for key in session.scalars(select(DataKey).execution_options(yield_per=_AT_ONCE)):
            context = data_context(key.subject_id, key.purpose, key.ref)
            yield _line(context, key=_key_id(key.subject_id, key.purpose, key.ref), wrapped=key.wrapped)
        own = _with_own_keys(session)
        query = select(DocumentVersion, Dossier.tenant_id).join(Dossier, Dossier.id == DocumentVersion.dossier_id)
        for version, tenant_id in session.execute(query.execution_options(yield_per=_AT_ONCE)):
            yield from _version(version, tenant_id, sharded=sharded, own=version.document_id in own)
        yield from _fields(session)


def _with_own_keys(session: Session) -> set[str]:
    return set(session.scalars(select(DataKey.ref).where(DataKey.purpose == "fields", DataKey.ref != "")))


def _version(version: DocumentVersion, tenant_id: str, *, sharded: bool, own: bool) -> Iterator[dict[str, Any]]:
    context = document_context(
        tenant_id=tenant_id,
        dossier_id=version.dossier_id,
        document_id=version.document_id,
        version_id=version.id,
    )
    part, key = version.document_id if own else "", version.object_key
    yield {
        **_line(context, key=_key_id(version.dossier_id, _DOCUMENT, version.id)),
        "object": f"{key[:2]}/{key[2:4]}/{key}" if sharded else key,
        "name": _field(version.dossier_id, labels.name_place(version.id), version.file_name, part=part),
    }
    if version.necessity is not None:
        yield _field(version.dossier_id, labels.necessity_place(version.id), version.necessity, part=part)


def _fields(session: Session) -> Iterator[dict[str, Any]]:
    """What belongs to the dossiers and accounts themselves; what is about one act only stays in the database."""
    wanted = (
        (select(Dossier.id, Dossier.pupil), "pupil"),
        (select(Account.id, Account.person), "person"),
        (select(Consent.dossier_id, Consent.details), "consent"),
        (select(Verstrekking.dossier_id, Verstrekking.statement), "statement"),
    )
    for query, place in wanted:
        for subject_id, sealed in session.execute(query.execution_options(yield_per=_AT_ONCE)):
            yield _field(subject_id, place, sealed)


def _field(subject_id: str, place: str, sealed: bytes, *, part: str = "") -> dict[str, Any]:
    return _line(field_context(subject_id, place), key=_key_id(subject_id, "fields", part), field=sealed)


def _line(context: SealContext, **parts: str | bytes) -> dict[str, Any]:
    told = {name: base64.b64encode(part).decode() if isinstance(part, bytes) else part for name, part in parts.items()}
    return {**told, "context": context.as_dict()}


def _key_id(subject_id: str, purpose: str, ref: str) -> str:
    """The id under which other wraps name this key: renditions name their version."""
    return ref if purpose == _DOCUMENT else f"{subject_id}/{purpose}/{ref}"
