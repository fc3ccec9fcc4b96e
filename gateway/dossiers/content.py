"""The one function that opens the content of a document, and its twin for renditions. Its callers stand in a contract.

A small object is verified whole before its first byte leaves; a large one is streamed, and the stream raises at the
first failure, so that the connection is aborted and never ends as if all were well.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from crypto.context import SealContext
from crypto.errors import CryptoError
from crypto.keys import unwrap_key, wrap_key
from crypto.stream import open_verified
from gateway.errors import UnavailableError
from gateway.storage import StorageError
from gateway.vault.tables import DataKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import DocumentVersion, Rendition
    from gateway.services import Services
    from gateway.vault.keys import Vault

VERIFIED_WHOLE = 4 * 1024 * 1024
_TROUBLE = "Dit stuk kan nu niet worden geopend. De beheerder is op de hoogte. Probeer het later opnieuw."


def document_context(*, tenant_id: str, dossier_id: str, document_id: str, version_id: str) -> SealContext:
    """What the seal of a document's content is bound to."""
    return SealContext(
        purpose="document", organisation=tenant_id, dossier=dossier_id, document=document_id, version=version_id
    )


def rendition_context(*, dossier_id: str, version_id: str, kind: str, number: int) -> SealContext:
    """What the seal of a rendition is bound to."""
    return SealContext(purpose=f"rendition-{kind}", dossier=dossier_id, document=version_id, version=str(number))


def open_content(services: Services, session: Session, *, tenant_id: str, version: DocumentVersion) -> Iterator[bytes]:
    """Open the original of a version as a stream of plaintext chunks; the keys are read before this returns.

    Raises:
        UnavailableError: at once when storage does not answer or the object is not what was sealed.
        crypto.errors.DecryptError: from the iterator, when a large object proves false half-way.
    """
    key = services.vault.data_key(session, version.dossier_id, "document", version.id)
    context = document_context(
        tenant_id=tenant_id, dossier_id=version.dossier_id, document_id=version.document_id, version_id=version.id
    )
    return _opened(services, key, context, version.object_key)


def open_rendition(
    services: Services, session: Session, rendition: Rendition, version: DocumentVersion
) -> Iterator[bytes]:
    """Open one rendition of a version; same promise as `open_content`."""
    key = rendition_key(services.vault, session, version)
    context = rendition_context(
        dossier_id=version.dossier_id, version_id=version.id, kind=rendition.kind, number=rendition.number
    )
    return _opened(services, key, context, rendition.object_key)


def rendition_key(vault: Vault, session: Session, version: DocumentVersion) -> bytes:
    """The key of a version's renditions: wrapped by the version's own key, so that they die together."""
    document_key = vault.data_key(session, version.dossier_id, "document", version.id)
    row = session.get(DataKey, (version.dossier_id, "rendition", version.id))
    if row is None:
        raise LookupError("this version has no renditions")
    return unwrap_key(document_key, version.id, row.wrapped, _rendition_wrap(version))


def store_rendition_key(vault: Vault, session: Session, version: DocumentVersion, key: bytes) -> None:
    """Keep the key of a version's renditions."""
    document_key = vault.data_key(session, version.dossier_id, "document", version.id)
    wrapped = wrap_key(document_key, version.id, key, _rendition_wrap(version))
    session.merge(DataKey(subject_id=version.dossier_id, purpose="rendition", ref=version.id, wrapped=wrapped))


def _rendition_wrap(version: DocumentVersion) -> SealContext:
    return SealContext(purpose="key:rendition", dossier=version.dossier_id, document=version.id)


def _opened(services: Services, key: bytes, context: SealContext, object_key: str) -> Iterator[bytes]:
    """The plaintext, its first piece read already: what is wrong with a small object shows before anything leaves."""
    stream = open_verified(key, context, services.storage.read(object_key), buffer=VERIFIED_WHOLE)
    try:
        first = next(stream, b"")
    except (StorageError, CryptoError) as error:
        raise UnavailableError(_TROUBLE) from error
    return chain([first], stream)
