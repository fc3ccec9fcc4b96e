"""An OpenPGP message that a school uploads: opened in scratch, its signature held against the school's confirmed key.

Its content is sealed in its place. What fails leaves nothing readable. Source: PR10.1.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from crypto.errors import OpenPGPError
from crypto.openpgp import open_message
from crypto.stream import SealingSink, generate_key
from gateway.accounts.tables import Account
from gateway.dossiers import labels
from gateway.dossiers.content import document_context, open_content
from gateway.dossiers.files.kinds import HEAD_BYTES, FileKind, sniff
from gateway.dossiers.tables import DocumentVersion, Dossier, Erasure
from gateway.jobs import queue as jobs
from gateway.partner_keys import usecases as partner_keys
from gateway.recording import Action, record
from gateway.storage import new_key

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crypto.stream import Sealed
    from gateway.context import Context
    from gateway.services import Services

PGP = FileKind(
    name="pgp", media_type="application/pgp-encrypted", label="OpenPGP-bericht", extensions=("pgp", "gpg", "asc")
)
"""On its way in only: a version of this kind is never ready."""

NO_KEY = "Uw organisatie heeft geen bevestigde OpenPGP-sleutel. Vraag de beheerder er een te registreren."
UNKNOWN_CONTENT = (
    "In dit OpenPGP-bericht zit geen bestand dat wij aannemen. Versleutel het bestand zelf, zonder archief."
)
DOUBLE = "Dit bestand staat al in het dossier. Het is niet nog een keer opgeslagen."
_ARMOR = b"-----BEGIN PGP MESSAGE-----"
_PUBLIC_KEY_ENCRYPTED = 1
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unpacked:
    key: bytes = field(repr=False)
    object_key: str
    sealed: Sealed
    mark: bytes
    kind: FileKind
    signed_by: str


def is_message(head: bytes) -> bool:
    """Whether this starts like a message encrypted to a public key: armored, or its first packet says so."""
    if head.lstrip().startswith(_ARMOR):
        return True
    if not head or not head[0] & 0x80:
        return False
    tag = head[0] & 0x3F if head[0] & 0x40 else (head[0] & 0x3C) >> 2
    return tag == _PUBLIC_KEY_ENCRYPTED and len(head) > 10 and head[1:12].find(b"\x03") in range(5)  # noqa: PLR2004 - version 3 of that packet


def unpack(services: Services, context: Context, version_id: str) -> str | None:
    """Open the message of a version and seal its content in its place; returns the Dutch sentence when it is refused.

    The check of the content itself is asked anew. Running it twice does no harm: the second time it is no message.
    """
    with services.db.reading() as session:
        version = session.get_one(DocumentVersion, version_id)
        dossier = session.get_one(Dossier, version.dossier_id)
        sender = session.get_one(Account, version.made_by).organisation_id
        senders = partner_keys.senders(services, session, sender, context.today)
        chunks = open_content(services, session, tenant_id=dossier.tenant_id, version=version)
        mark_key = services.vault.data_key(session, dossier.id, "duplicate")
    if not senders:
        return NO_KEY
    secret = partner_keys.own_secret(services, context, dossier.tenant_id)
    with services.scratch.directory() as scratch:
        message = scratch / "message"
        with message.open("wb") as target:
            target.writelines(chunks)
        try:
            with open_message(
                message,
                secret_key=secret,
                senders=senders,
                on=context.today,
                scratch=scratch,
                largest=services.settings.max_file_bytes,
            ) as opened:
                unpacked = _seal(services, dossier, version, opened.path, mark_key, opened.signed_by)
        except OpenPGPError as error:
            return str(error)
    if unpacked is None:
        return UNKNOWN_CONTENT
    replaced = False
    try:
        replaced = _replace(services, context, version_id, unpacked)
    finally:
        if not replaced:
            services.storage.delete(unpacked.object_key)
    return None if replaced else DOUBLE


def _seal(
    services: Services, dossier: Dossier, version: DocumentVersion, plain: Path, mark_key: bytes, signed_by: str
) -> _Unpacked | None:
    with plain.open("rb") as content:
        kind = sniff(content.read(HEAD_BYTES))
        if kind is None:
            return None
        content.seek(0)
        key, object_key = generate_key(), new_key()
        sealing = document_context(
            tenant_id=dossier.tenant_id, dossier_id=dossier.id, document_id=version.document_id, version_id=version.id
        )
        mark = hmac.new(mark_key, digestmod=sha256)
        with services.storage.writer(object_key) as writer:
            sink = SealingSink(key, sealing, writer.write)
            while block := content.read(_BLOCK):
                mark.update(block)
                sink.update(block)
            sealed = sink.finish()
            writer.commit()
    return _Unpacked(key=key, object_key=object_key, sealed=sealed, mark=mark.digest(), kind=kind, signed_by=signed_by)


def _replace(services: Services, context: Context, version_id: str, unpacked: _Unpacked) -> bool:
    with services.db.writing() as session:
        version = session.get_one(DocumentVersion, version_id, with_for_update=True)
        dossier = session.get_one(Dossier, version.dossier_id, with_for_update=True)
        if _is_double(session, version, unpacked.mark):
            return False
        session.merge(Erasure(object_key=version.object_key, asked_at=context.now))
        services.vault.forget(session, dossier.id, version.id, now=context.now)
        services.vault.store_data_key(session, dossier.id, "document", version.id, unpacked.key)
        dossier.stored_bytes += unpacked.sealed.plain_size - version.plain_size
        version.object_key = unpacked.object_key
        version.sealed_size = unpacked.sealed.sealed_size
        version.sealed_sha256 = unpacked.sealed.sealed_sha256
        version.plain_size = unpacked.sealed.plain_size
        version.content_mark = unpacked.mark
        version.media_kind = unpacked.kind.name
        version.file_name = _inner_name(services, session, version, unpacked.kind)
        record(
            session,
            services.vault,
            context,
            Action.CHECK,
            tenant_id=dossier.tenant_id,
            dossier_id=dossier.id,
            object_type="document_version",
            object_id=version.id,
            article="PR10.1",
            payload={"code": "message_opened", "document": version.document_id, "signed_by": unpacked.signed_by},
        )
        jobs.enqueue(session, kind="check", ref=version.id, now=context.now)
        jobs.enqueue(session, kind="erase", ref=dossier.id, now=context.now)
        return True


def _is_double(session: Session, version: DocumentVersion, mark: bytes) -> bool:
    """Whether the same content stands in this dossier already, in another version."""
    query = select(DocumentVersion.id).where(
        DocumentVersion.dossier_id == version.dossier_id,
        DocumentVersion.content_mark == mark,
        DocumentVersion.id != version.id,
        DocumentVersion.state.in_(("in_check", "ready")),
    )
    return session.scalars(query).first() is not None


def _inner_name(services: Services, session: Session, version: DocumentVersion, kind: FileKind) -> bytes:
    """The name without the ending of the message, with that of its content."""
    name = Path(labels.file_name_of(services.vault, session, version))
    inner = Path(name.stem) if name.suffix.lower().lstrip(".") in PGP.extensions else name
    shown = inner.name if inner.suffix.lower().lstrip(".") in kind.extensions else f"{inner.name}.{kind.extensions[0]}"
    return labels.seal_file_name(services.vault, session, version, shown)
