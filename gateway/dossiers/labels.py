"""What a document is called and why it is there: sealed under a key of the document, so that it dies with it.

The key is the data key `fields` of the part "document" in its dossier. Documents from before there were such keys have
their labels under the dossier's own `fields` key until `adopt_all` (`dossierpoort migrate`) has given them one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.vault.tables import DataKey

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.db import Database
    from gateway.vault.keys import Vault

_AT_ONCE = 200


def file_name_of(vault: Vault, session: Session, version: DocumentVersion) -> str:
    """Open the file name of a version."""
    return _opened(vault, session, version.dossier_id, version.document_id, name_place(version.id), version.file_name)


def necessity_of(vault: Vault, session: Session, version: DocumentVersion) -> str:
    """Open the text that says why a version is needed (PR6.3); empty when there is none."""
    if version.necessity is None:
        return ""
    return _opened(
        vault, session, version.dossier_id, version.document_id, necessity_place(version.id), version.necessity
    )


def seal_file_name(vault: Vault, session: Session, version: DocumentVersion, name: str) -> bytes:
    """Seal a file name in its place; the version need not be stored yet, its document must be."""
    return _sealed(vault, session, version.dossier_id, version.document_id, name_place(version.id), name)


def seal_necessity(vault: Vault, session: Session, version: DocumentVersion, text: str) -> bytes | None:
    """Seal the text that says why a version is needed; nothing for an empty one."""
    if not text:
        return None
    return _sealed(vault, session, version.dossier_id, version.document_id, necessity_place(version.id), text)


def seal_reason(vault: Vault, session: Session, document: Document, reason: str) -> bytes:
    """Seal why a document was withdrawn."""
    return _sealed(vault, session, document.dossier_id, document.id, _reason(document.id), reason)


def current_name(vault: Vault, session: Session, dossier_id: str, document_id: str) -> str | None:
    """The name of the newest version of a document that is still there, for a line of the log; else None."""
    query = select(DocumentVersion).where(
        DocumentVersion.dossier_id == dossier_id, DocumentVersion.document_id == document_id
    )
    version = session.scalars(query.order_by(DocumentVersion.number.desc()).limit(1)).first()
    return None if version is None else file_name_of(vault, session, version)


def adopt_all(db: Database, vault: Vault) -> int:
    """Give each document without a key of its own one, and move its labels to it; returns how many those were.

    Each batch is a transaction, and a document that was moved is not looked at again: it can be broken off and
    repeated.
    """
    adopted = 0
    own = select(DataKey.ref).where(DataKey.subject_id == Document.dossier_id, DataKey.purpose == "fields")
    without = ~own.where(DataKey.ref == Document.id).exists()
    while True:
        with db.writing() as session:
            documents = session.scalars(
                select(Document)
                .join(Dossier, Dossier.id == Document.dossier_id)
                .where(without)
                .limit(_AT_ONCE)
                .with_for_update()
            ).all()
            for document in documents:
                own_part(vault, session, document.dossier_id, document.id)
        adopted += len(documents)
        if len(documents) < _AT_ONCE:
            return adopted


def _opened(vault: Vault, session: Session, dossier_id: str, document_id: str, place: str, sealed: bytes) -> str:
    part = document_id if vault.has_part(session, dossier_id, document_id) else ""
    return str(vault.open_json(session, dossier_id, place, sealed, part=part))


def _sealed(vault: Vault, session: Session, dossier_id: str, document_id: str, place: str, text: str) -> bytes:
    own_part(vault, session, dossier_id, document_id)
    return vault.seal_json(session, dossier_id, place, text, part=document_id)


def own_part(vault: Vault, session: Session, dossier_id: str, document_id: str) -> None:
    """Make the document's key when it has none, and move what is sealed under the dossier's key to it."""
    if vault.has_part(session, dossier_id, document_id):
        return
    versions = session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id)).all()
    document = session.get_one(Document, document_id)
    names = [(v, file_name_of(vault, session, v), necessity_of(vault, session, v)) for v in versions]
    withdrawn = document.withdrawn_reason
    reason = None if withdrawn is None else vault.open_json(session, dossier_id, _reason(document_id), withdrawn)
    vault.create_part(session, dossier_id, document_id)
    for version, name, necessity in names:
        version.file_name = seal_file_name(vault, session, version, name)
        version.necessity = seal_necessity(vault, session, version, necessity)
    if reason is not None:
        document.withdrawn_reason = seal_reason(vault, session, document, reason)


def name_place(version_id: str) -> str:
    """The place to which the seal of a version's name is bound."""
    return f"file:{version_id}"


def necessity_place(version_id: str) -> str:
    """The place to which the seal of a version's necessity is bound."""
    return f"necessity:{version_id}"


def _reason(document_id: str) -> str:
    return f"withdrawn:{document_id}"
