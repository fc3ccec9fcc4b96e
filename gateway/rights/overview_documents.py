"""The documents of an inzage: what each is, and what the officer decided to do with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from gateway.dossiers import labels
from gateway.dossiers.rules import DOCUMENT_KINDS, ORIGINS, clean_file_name
from gateway.dossiers.tables import Document, DocumentVersion
from gateway.rights import overview_words
from gateway.rights.overview_values import DocumentPart
from gateway.rights.overview_words import coded, coded_all
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier
    from gateway.reglement.profiles import Profile
    from gateway.rights.overview_pieces import Pieces
    from gateway.services import Services

__all__ = ["DocumentPart", "documents_of_versions", "parts"]

OPEN: Final = "open"
WHOLE: Final = "whole"
REDACTED: Final = "redacted"
WITHHELD: Final = "withheld"
GONE: Final = "gone"
RELEASED: Final = frozenset({WHOLE, REDACTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the officer decided for one document, and why where it is withheld."""

    release: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A document with its newest version; `can_leave` where its content is there to be given."""

    document: Document
    version: DocumentVersion
    file_name: str
    number: int

    @property
    def can_leave(self) -> bool:
        """Whether there is content that can be released at all."""
        return self.version.state == "ready" and self.document.withdrawn_at is None


def held(services: Services, session: Session, dossier_id: str) -> list[Held]:
    """Every document of a dossier with its newest version, in the order in which they came."""
    versions: dict[str, DocumentVersion] = {}
    of_version = select(DocumentVersion).where(DocumentVersion.dossier_id == dossier_id)
    for version in session.scalars(of_version.order_by(DocumentVersion.number)):
        versions[version.document_id] = version
    query = select(Document).where(Document.dossier_id == dossier_id).order_by(Document.made_at, Document.id)
    documents = [each for each in session.scalars(query) if each.id in versions]
    services.vault.preload_parts(session, dossier_id, [each.id for each in documents])
    return [
        Held(
            document=document,
            version=versions[document.id],
            file_name=labels.file_name_of(services.vault, session, versions[document.id]),
            number=number,
        )
        for number, document in enumerate(documents, start=1)
    ]


def documents_of_versions(session: Session, dossier_id: str) -> dict[str, str]:
    """The document of each version of a dossier."""
    query = select(DocumentVersion.id, DocumentVersion.document_id).where(DocumentVersion.dossier_id == dossier_id)
    return {row.id: row.document_id for row in session.execute(query)}


def parts(
    services: Services,
    session: Session,
    dossier: Dossier,
    chosen: Mapping[str, Chosen],
    profile: Profile,
    pieces: Pieces,
) -> tuple[DocumentPart, ...]:
    """Every document, also what was withdrawn or is withheld: that it is there, is told (AVG 15(1))."""
    return tuple(
        _part(services, session, each, chosen.get(each.document.id), profile, pieces)
        for each in held(services, session, dossier.id)
    )


def release_of(each: Held, chosen: Chosen | None) -> str:
    """What happens to this document."""
    if not each.can_leave:
        return GONE
    return chosen.release if chosen is not None else OPEN


def file_of(each: Held, release: str) -> str:
    """The name of the file that leaves; of a redacted document one that says nothing: its own was typed by a person."""
    if release == WHOLE:
        return f"stuk-{each.number:02d}-{clean_file_name(each.file_name)}"
    return f"stuk-{each.number:02d}.pdf" if release == REDACTED else ""


def _part(
    services: Services, session: Session, each: Held, chosen: Chosen | None, profile: Profile, pieces: Pieces
) -> DocumentPart:
    version, release = each.version, release_of(each, chosen)
    kind = coded(version.kind or "other", DOCUMENT_KINDS)
    # What was typed as a name may name someone else: only who gets the document as it is, gets its name.
    own_name = PurePosixPath(each.file_name).name if release in {WHOLE, OPEN} else ""
    state = "withdrawn" if each.document.withdrawn_at is not None else version.state
    return DocumentPart(
        number=each.number,
        id=each.document.id,
        title=own_name or kind.words,
        kind=kind,
        categories=coded_all(version.category_list, overview_words.CATEGORIES),
        purpose=coded(version.purpose or "", overview_words.PURPOSES),
        origin=coded(version.origin or "", ORIGINS),
        basis=_basis(version, profile),
        necessity=_necessity(pieces, each, kind.words, release, labels.necessity_of(services.vault, session, version)),
        recorded_at=version.made_at,
        version=version.number,
        pages=version.pages,
        state=coded(state, overview_words.STATES),
        release=coded(release, overview_words.RELEASES),
        why=chosen.why if chosen is not None and release == WITHHELD else "",
        file=file_of(each, release),
    )


def _necessity(pieces: Pieces, each: Held, kind: str, release: str, text: str) -> str:
    """Why the document is needed, as someone typed it: of what does not leave whole, it may tell what was taken out."""
    return pieces.value(
        f"needed:{each.document.id}",
        sentence("Waarom stuk %(number)d (%(kind)s) nodig is", number=each.number, kind=kind),
        text,
        hidden=release in {WITHHELD, REDACTED},
        why=sentence("Dit kan zeggen wat in dat stuk over een ander staat (AVG artikel 15, lid 4)."),
    )


def _basis(version: DocumentVersion, profile: Profile) -> str:
    """On what the SWV keeps it, with the article of its reglement (PR6.1)."""
    letters = {category[0] for category in version.category_list}
    if version.origin == "other":
        told = overview_words.WITH_CONSENT
    else:
        told = overview_words.HEALTH_TASK if "e" in letters else overview_words.PUBLIC_TASK
    return f"{told} – {profile.articles['PR6.1']}"


def released(documents: Sequence[DocumentPart]) -> list[DocumentPart]:
    """The documents that the requester gets."""
    return [each for each in documents if each.release.code in RELEASED]
