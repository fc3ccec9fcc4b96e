"""What of a dossier its people may see; whoever asks for another's gets the same answer as for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.access.facts import access_of, entries_in_scope, valid_entries
from gateway.accounts.tables import Organisation
from gateway.context import Context, Role
from gateway.dossiers import enrolled, labels
from gateway.dossiers.rules import Pupil
from gateway.dossiers.tables import Document, DocumentVersion, Dossier, DossierPerson
from gateway.errors import NotFoundError
from gateway.reglement.facts import Pupil as PupilFacts
from gateway.reglement.rules import speaks_for_self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services
    from gateway.vault.keys import Vault

SWV_READERS = (Role.SWV_STAFF, Role.CONTACT_PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierLine:
    """A dossier in a list."""

    id: str
    pupil_name: str
    born: str
    school_name: str
    state: str
    changed_at: datetime
    submitted_at: datetime | None
    possible_double: bool
    documents: int
    undescribed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A document in a dossier, with its newest version."""

    document: Document
    version: DocumentVersion
    file_name: str
    readable: bool
    versions: int
    necessity: str

    @property
    def described(self) -> bool:
        """Whether its kind, categories, origin and purpose were given."""
        return self.version.kind is not None


def school_dossier(session: Session, context: Context, dossier_id: str, *, lock: bool = False) -> Dossier:
    """A dossier of the actor's own school.

    Raises:
        NotFoundError: it is another school's, or it does not exist.
    """
    actor = context.person
    dossier = session.get(Dossier, dossier_id, with_for_update=lock, populate_existing=lock)
    if (
        dossier is None
        or actor.role is not Role.SCHOOL_STAFF
        or dossier.tenant_id != actor.tenant_id
        or not enrolled.is_at(session, dossier.id, _schools_of(session, actor.organisation_id), context.today)
    ):
        raise NotFoundError
    return dossier


def swv_dossier(session: Session, context: Context, dossier_id: str) -> Dossier:
    """A submitted dossier within the access list's scope of the actor (PR8.2, PR10.2)."""
    actor = context.person
    dossier = session.get(Dossier, dossier_id)
    if dossier is None or dossier.tenant_id != actor.tenant_id or dossier.state == "draft":
        raise NotFoundError
    if actor.role not in SWV_READERS or not is_of_swv(session, actor.organisation_id):
        raise NotFoundError
    if not entries_in_scope(
        session, actor.account_id, context.today, dossier_id=dossier.id, school_id=dossier.school_id
    ):
        raise NotFoundError
    return dossier


def visible_dossier(session: Session, context: Context, dossier_id: str) -> Dossier:
    """The dossier, when the actor is of its school or of the SWV with an access entry."""
    if context.person.role is Role.SCHOOL_STAFF:
        return school_dossier(session, context, dossier_id)
    return swv_dossier(session, context, dossier_id)


def family_dossiers(session: Session, context: Context) -> Sequence[Dossier]:
    """The dossiers of a guardian's child, or of the pupil; only while the guardian has authority."""
    query = (
        select(Dossier)
        .join(DossierPerson, DossierPerson.dossier_id == Dossier.id)
        .where(DossierPerson.account_id == context.person.account_id, DossierPerson.has_authority)
        .where(Dossier.state != "draft")
    )
    return session.scalars(query).all()


def decides_alone(pupil: Pupil, on: date) -> bool:
    """Whether the pupil, and no longer a guardian, speaks on this day (PRage)."""
    return bool(speaks_for_self(PupilFacts(born=pupil.born, notified_to_swv=None, represented=False), on))


def pupil_of(session: Session, vault: Vault, dossier: Dossier) -> Pupil:
    """Open the pupil of a dossier."""
    return Pupil.from_json(vault.open_json(session, dossier.id, "pupil", dossier.pupil))


def list_dossiers(services: Services, context: Context) -> list[DossierLine]:
    """The dossiers that this actor works on; newest act first for the SWV, by name for a school."""
    with services.db.reading() as session:
        rows = _in_scope(session, context)
        services.vault.preload(session, [row.id for row in rows])
        lines = [(pupil_of(session, services.vault, row), row) for row in rows]
        schools = {
            o.id: o.name
            for o in session.scalars(select(Organisation).where(Organisation.tenant_id == context.person.tenant_id))
        }
        if context.person.role is Role.SCHOOL_STAFF:
            lines.sort(key=lambda line: line[0].sort_key)
        else:
            lines.sort(key=lambda line: line[1].submitted_at or line[1].made_at)
        counted = _counts(session, [row.id for row in rows])
    return [
        DossierLine(
            id=row.id,
            pupil_name=pupil.name,
            born=pupil.born.isoformat(),
            school_name=schools[row.school_id],
            state=row.state,
            changed_at=row.changed_at,
            submitted_at=row.submitted_at,
            possible_double=row.possible_double,
            documents=counted.get(row.id, (0, 0))[0],
            undescribed=counted.get(row.id, (0, 0))[1],
        )
        for pupil, row in lines
    ]


def ids_in_scope(session: Session, context: Context) -> list[str]:
    """The ids of the dossiers that this actor works on, without opening one."""
    return [row.id for row in _in_scope(session, context)]


def documents_of(
    services: Services, session: Session, context: Context, dossier: Dossier
) -> tuple[list[DocumentLine], int]:
    """The documents that the actor may see, and how many others there are ("die u niet mag inzien", PR10.2)."""
    access = access_of(
        session, context.person.account_id, context.today, dossier_id=dossier.id, school_id=dossier.school_id
    )
    of_school = context.person.role is Role.SCHOOL_STAFF
    lines: list[DocumentLine] = []
    hidden = 0
    found = _documents(session, dossier.id)
    services.vault.preload_parts(session, dossier.id, [document.id for document, _ in found])
    for document, versions in found:
        version = versions[-1]
        covered = access is not None and {c[0] for c in version.category_list} <= set(access["categories"])
        if not of_school and (not covered or version.kind is None):
            hidden += 1
            continue
        lines.append(
            DocumentLine(
                document=document,
                version=version,
                file_name=labels.file_name_of(services.vault, session, version),
                readable=version.state == "ready" and document.withdrawn_at is None,
                versions=len(versions),
                necessity=labels.necessity_of(services.vault, session, version),
            )
        )
    return lines, hidden


def document_for(
    services: Services, session: Session, context: Context, dossier: Dossier, document_id: str
) -> DocumentLine:
    """One document that the actor may see.

    Raises:
        NotFoundError: it is not in this dossier, or outside the actor's categories.
    """
    lines, _ = documents_of(services, session, context, dossier)
    for line in lines:
        if line.document.id == document_id:
            return line
    raise NotFoundError


def _documents(session: Session, dossier_id: str) -> list[tuple[Document, list[DocumentVersion]]]:
    versions: dict[str, list[DocumentVersion]] = {}
    query = select(DocumentVersion).where(DocumentVersion.dossier_id == dossier_id).order_by(DocumentVersion.number)
    for version in session.scalars(query):
        versions.setdefault(version.document_id, []).append(version)
    documents = session.scalars(
        select(Document).where(Document.dossier_id == dossier_id).order_by(Document.made_at, Document.id)
    )
    return [(document, versions[document.id]) for document in documents if document.id in versions]


def _in_scope(session: Session, context: Context) -> list[Dossier]:
    actor = context.person
    query = select(Dossier).where(Dossier.tenant_id == actor.tenant_id)
    if actor.role is Role.SCHOOL_STAFF:
        mine = enrolled.at(_schools_of(session, actor.organisation_id), context.today)
        return list(session.scalars(query.where(Dossier.id.in_(mine))))
    if actor.role not in SWV_READERS or not is_of_swv(session, actor.organisation_id):
        return []
    entries = list(valid_entries(session, actor.account_id, context.today))
    everything = any(entry.scope == "tenant" for entry in entries)
    schools = {school for entry in entries if entry.scope == "schools" for school in entry.scope_ids}
    single = {dossier for entry in entries if entry.scope == "dossier" for dossier in entry.scope_ids}
    rows = session.scalars(query.where(Dossier.state != "draft"))
    return [row for row in rows if everything or row.school_id in schools or row.id in single]


def _counts(session: Session, dossier_ids: list[str]) -> dict[str, tuple[int, int]]:
    counted: dict[str, tuple[int, int]] = {}
    query = (
        select(DocumentVersion.dossier_id, DocumentVersion.kind)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.dossier_id.in_(dossier_ids), Document.withdrawn_at.is_(None))
        .where(DocumentVersion.state.in_(("in_check", "ready")))
    )
    for dossier_id, kind in session.execute(query):
        documents, undescribed = counted.get(dossier_id, (0, 0))
        counted[dossier_id] = (documents + 1, undescribed + (kind is None))
    return counted


def _schools_of(session: Session, organisation_id: str) -> list[str]:
    """The organisation itself, and for a school board its schools."""
    children = session.scalars(select(Organisation.id).where(Organisation.parent_id == organisation_id))
    return [organisation_id, *children]


def is_of_swv(session: Session, organisation_id: str) -> bool:
    """Whether this organisation is an SWV, not one that receives from it."""
    organisation = session.get(Organisation, organisation_id)
    return organisation is not None and organisation.kind == "swv"


def kept_versions(session: Session, dossier_id: str) -> list[DocumentVersion]:
    """The newest kept version of each document: neither rejected nor withdrawn."""
    query = (
        select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(
            DocumentVersion.dossier_id == dossier_id, DocumentVersion.state == "ready", Document.withdrawn_at.is_(None)
        )
    )
    return list(session.scalars(query))
