"""What leaves of a document: the original, or the reviewed anonymised rendition that a verstrekking was made with.

Every way out (portal, package, paper) takes its bytes, name and size from here, so none can take the original where
the rendition was promised. Source: CV4.6.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from crypto.stream import plain_size
from gateway.anonymisation import renditions
from gateway.disclosure.choosing import ANONYMISED, ORIGINAL, REDACTED
from gateway.disclosure.tables import VerstrekkingDocument
from gateway.dossiers import derived, facts, labels
from gateway.dossiers.content import open_content
from gateway.dossiers.files.kinds import KINDS, FileKind
from gateway.dossiers.tables import DocumentVersion, Rendition
from gateway.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from sqlalchemy.orm import Session

    from gateway.anonymisation.rendition_tables import AnonymisedRendition
    from gateway.disclosure.tables import Verstrekking
    from gateway.services import Services

REDACTED_PDF = "inzpdf"
REDACTED_PAGE = "inzpage"
"""Kinds of the files of a document of which other people's data were taken out, for one inzage."""
REPLACED = (
    "De geanonimiseerde weergave van een van deze stukken is vervangen of ingetrokken. Er gaat niets weg. De afzender "
    "kan een nieuwe verstrekking maken."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A version on its way out; `number` is its place.

    `rendition` and its `file` where it leaves anonymised; a `file` without it is the redacted one of an inzage.
    """

    version: DocumentVersion
    number: int
    rendition: AnonymisedRendition | None = None
    file: Rendition | None = None

    @property
    def form(self) -> str:
        """In which form it leaves."""
        if self.rendition is not None:
            return ANONYMISED
        return ORIGINAL if self.file is None else REDACTED

    @property
    def categories(self) -> list[str]:
        """The categories (PR7) of what leaves."""
        return self.version.category_list if self.rendition is None else self.rendition.category_list

    @property
    def size(self) -> int:
        """How many bytes leave."""
        return self.version.plain_size if self.file is None else plain_size(self.file.sealed_size)

    @property
    def kind(self) -> FileKind:
        """The kind of file that leaves."""
        return KINDS[self.version.media_kind if self.file is None else "pdf"]

    @property
    def mark(self) -> bytes | None:
        """What binds a verstrekking to this very rendition; made again, it is another."""
        return None if self.file is None else self.file.sealed_sha256

    def data(self) -> dict[str, Any]:
        """The set of data as the judge reads it."""
        if self.rendition is None:
            return facts.data_of(self.version)
        return facts.data_of_rendition(self.version, self.categories)


def anonymised(services: Services, session: Session, version: DocumentVersion, number: int) -> Outgoing | None:
    """The version's usable rendition on its way out; None while there is none that a person finished reviewing."""
    rendition = renditions.usable(services, session, version)
    file = renditions.file_of(session, version)
    if rendition is None or file is None:
        return None
    return Outgoing(version=version, number=number, rendition=rendition, file=file)


def listed(services: Services, session: Session, row: Verstrekking) -> list[Outgoing]:
    """Everything of a verstrekking, in its order.

    Raises:
        ConflictError: a rendition that it was made with is no longer the one that may leave.
    """
    query = (
        select(DocumentVersion, VerstrekkingDocument)
        .join(VerstrekkingDocument, VerstrekkingDocument.version_id == DocumentVersion.id)
        .where(VerstrekkingDocument.verstrekking_id == row.id)
        .order_by(DocumentVersion.made_at, DocumentVersion.id)
    )
    return [
        _bound(services, session, version, item, number)
        for number, (version, item) in enumerate(session.execute(query).all(), start=1)
    ]


def one(services: Services, session: Session, row: Verstrekking, item: VerstrekkingDocument) -> Outgoing:
    """One document of a verstrekking. Raises as `listed`."""
    place = numbers(session, row)[item.version_id]
    return _bound(services, session, session.get_one(DocumentVersion, item.version_id), item, place)


def numbers(session: Session, row: Verstrekking) -> dict[str, int]:
    """The place of each version in its verstrekking, from 1."""
    query = (
        select(DocumentVersion.id)
        .join(VerstrekkingDocument, VerstrekkingDocument.version_id == DocumentVersion.id)
        .where(VerstrekkingDocument.verstrekking_id == row.id)
        .order_by(DocumentVersion.made_at, DocumentVersion.id)
    )
    return {version_id: number for number, version_id in enumerate(session.scalars(query), start=1)}


def name_of(services: Services, session: Session, each: Outgoing) -> str:
    """The name of the file that leaves: its own, or one that says nothing where it leaves anonymised."""
    if each.form == ORIGINAL:
        return labels.file_name_of(services.vault, session, each.version)
    return redacted_name(each.number) if each.form == REDACTED else neutral_name(each.number)


def neutral_name(number: int) -> str:
    """The file name of an anonymised document: its own was typed by a person and may hold a name."""
    return f"stuk-{number:02d}-geanonimiseerd.pdf"


def redacted_name(number: int) -> str:
    """The file name of a redacted document: its own was typed by a person and may name someone else."""
    return f"stuk-{number:02d}.pdf"


def redacted_pages(session: Session, version: DocumentVersion, file: Rendition) -> list[Rendition]:
    """The pages of a redacted file as pictures, in order: those of the run that made it."""
    found = derived.listed(session, version, REDACTED_PAGE)
    return [page for page in found if file.number < page.number < file.number + renditions.PER_RUN]


def opened(services: Services, session: Session, row_tenant: str, each: Outgoing) -> Iterator[bytes]:
    """The bytes that leave. Raises as `dossiers.content.open_content`."""
    if each.file is None:
        return open_content(services, session, tenant_id=row_tenant, version=each.version)
    return derived.opened(services, session, each.version, each.file)


def pages(services: Services, session: Session, each: Outgoing) -> list[bytes]:
    """The pages of what leaves, as pictures (WebP), for paper."""
    version = each.version
    if each.file is None:
        found = derived.listed(session, version, "page")
    elif each.rendition is None:
        found = redacted_pages(session, version, each.file)
    else:
        found = renditions.pages_of(session, version)
    return [b"".join(derived.opened(services, session, version, page)) for page in found]


def digest(services: Services, session: Session, each: Outgoing) -> str | None:
    """SHA-256 of an anonymised or redacted file that leaves, as hexadecimal; an original's plain digest is not kept."""
    if each.file is None:
        return None
    found = hashlib.sha256()
    for chunk in derived.opened(services, session, each.version, each.file):
        found.update(chunk)
    return found.hexdigest()


def _bound(
    services: Services, session: Session, version: DocumentVersion, item: VerstrekkingDocument, number: int
) -> Outgoing:
    if item.form == REDACTED:
        files = [file for file in derived.listed(session, version, REDACTED_PDF) if file.sealed_sha256 == item.mark]
        if not files:
            raise ConflictError(REPLACED)
        return Outgoing(version=version, number=number, file=files[0])
    if item.form == ORIGINAL:
        return Outgoing(version=version, number=number)
    each = anonymised(services, session, version, number)
    if each is None or each.rendition is None or each.rendition.id != item.rendition_id or each.mark != item.mark:
        raise ConflictError(REPLACED)
    return each
