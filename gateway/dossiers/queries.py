"""What of a dossier its people may see; whoever asks for another's gets the same answer as for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, false, or_, select

from gateway.access.facts import access_of, entries_in_scope, valid_entries
from gateway.access.rules import LETTERS
from gateway.accounts.tables import Organisation
from gateway.consent.orders import dossiers_without_account, limited_dossiers
from gateway.context import Context, Role
from gateway.dossiers import enrolled, labels
from gateway.dossiers.rules import Pupil
from gateway.dossiers.tables import UNDECIDED, Document, DocumentVersion, Dossier, DossierPerson
from gateway.errors import NotFoundError
from gateway.reglement.facts import Pupil as PupilFacts
from gateway.reglement.rules import speaks_for_self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from gateway.services import Services
    from gateway.vault.keys import Vault

SWV_READERS = (Role.SWV_STAFF, Role.CONTACT_PERSON)


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
        or not enrolled.is_at(session, dossier.id, own_schools(session, actor.organisation_id), context.today)
    ):
        raise NotFoundError
    return dossier


def swv_dossier(session: Session, context: Context, dossier_id: str, *, reading: bool = False) -> Dossier:
    """A submitted dossier within the access list's scope of the actor (PR8.2, PR10.2).

    Break-glass opens it for `reading` only: what it opens is neither disclosed nor changed.
    """
    actor = context.person
    dossier = session.get(Dossier, dossier_id)
    if dossier is None or dossier.tenant_id != actor.tenant_id or dossier.state == "draft":
        raise NotFoundError
    if actor.role not in SWV_READERS or not is_of_swv(session, actor.organisation_id):
        raise NotFoundError
    moment = context.now if reading else context.today
    if not entries_in_scope(
        session, actor.account_id, moment, dossier_id=dossier.id, school_id=dossier.school_on(context.today)
    ):
        raise NotFoundError
    return dossier


def officer_dossier(session: Session, context: Context, dossier_id: str) -> Dossier:
    """A submitted dossier of the officer's own SWV: for the rights of pupil and guardians, not to read in it."""
    dossier = session.get(Dossier, dossier_id)
    if dossier is None or dossier.tenant_id != context.officer.tenant_id or dossier.state == "draft":
        raise NotFoundError
    return dossier


def visible_dossier(session: Session, context: Context, dossier_id: str, *, reading: bool = False) -> Dossier:
    """The dossier, when the actor is of its school or of the SWV with an access entry; see `swv_dossier`."""
    if context.person.role is Role.SCHOOL_STAFF:
        return school_dossier(session, context, dossier_id)
    return swv_dossier(session, context, dossier_id, reading=reading)


def family_dossiers(session: Session, context: Context) -> Sequence[Dossier]:
    """The dossiers of a guardian's child, or of the pupil; only with authority and no order that limits."""
    query = (
        select(Dossier, DossierPerson)
        .join(DossierPerson, DossierPerson.dossier_id == Dossier.id)
        .where(DossierPerson.account_id == context.person.account_id, DossierPerson.has_authority)
        .where(Dossier.state != "draft")
    )
    limited = limited_dossiers(session, context.person.account_id, context.today)
    found = [(row, link) for row, link in session.execute(query) if row.id not in limited]
    # An order holds on someone, and nobody said whether this account is that person: unknown is no.
    unknown = {row.id for row, link in found if link.capacity == "guardian" and link.guardian_id in {None, UNDECIDED}}
    may_be_limited = dossiers_without_account(session, unknown, context.today)
    return [row for row, _ in found if row.id not in may_be_limited]


def decides_alone(pupil: Pupil, on: date) -> bool:
    """Whether the pupil, and no longer a guardian, speaks on this day (PRage)."""
    return bool(speaks_for_self(PupilFacts(born=pupil.born, notified_to_swv=None, represented=False), on))


def pupil_of(session: Session, vault: Vault, dossier: Dossier) -> Pupil:
    """Open the pupil of a dossier."""
    return Pupil.from_json(vault.open_json(session, dossier.id, "pupil", dossier.pupil))


def ids_in_scope(session: Session, context: Context) -> list[str]:
    """The ids of the dossiers that this actor works on, without opening one; not what break-glass opens."""
    return list(session.scalars(select(Dossier.id).where(in_scope(session, context, context.today))))


def documents_of(
    services: Services, session: Session, context: Context, dossier: Dossier
) -> tuple[list[DocumentLine], int]:
    """The documents that the actor may see, and how many others there are ("die u niet mag inzien", PR10.2)."""
    sees = _sight(session, context, dossier)
    found = _documents(session, dossier.id)
    services.vault.preload_parts(session, dossier.id, [document.id for document, _ in found])
    lines = [_line(services, session, *each) for each in found if sees(each[1][-1])]
    return lines, len(found) - len(lines)


def covered(session: Session, context: Context, dossier: Dossier) -> frozenset[str]:
    """The categories of this dossier that the actor may see now; a school sees all of its own. Source: PR10.2."""
    if context.person.role is Role.SCHOOL_STAFF:
        return LETTERS
    access = access_of(
        session,
        context.person.account_id,
        context.now,
        dossier_id=dossier.id,
        school_id=dossier.school_on(context.today),
    )
    return frozenset(access["categories"]) if access is not None else frozenset()


def coverage(session: Session, context: Context, rows: Sequence[Dossier]) -> Iterator[tuple[Dossier, frozenset[str]]]:
    """Each dossier with the categories that the actor may see of it, from one look at the access list."""
    actor = context.person
    if actor.role is Role.SCHOOL_STAFF:
        yield from ((row, LETTERS) for row in rows)
        return
    entries = valid_entries(session, actor.account_id, context.now)
    for row in rows:
        fitting = [
            entry.categories
            for entry in entries
            if entry.scope == "tenant"
            or (row.school_on(context.today) if entry.scope == "schools" else row.id) in entry.scope_ids
        ]
        yield row, frozenset("".join(fitting))


def document_for(
    services: Services, session: Session, context: Context, dossier: Dossier, document_id: str
) -> DocumentLine:
    """One document that the actor may see; the others are not opened for it.

    Raises:
        NotFoundError: it is not in this dossier, or outside the actor's categories.
    """
    sees = _sight(session, context, dossier)
    for document, versions in _documents(session, dossier.id, only=document_id):
        if sees(versions[-1]):
            return _line(services, session, document, versions)
    raise NotFoundError


def _sight(session: Session, context: Context, dossier: Dossier) -> Callable[[DocumentVersion], bool]:
    """Whether the actor may see a version: the school all, the SWV what is described and within its categories."""
    if context.person.role is Role.SCHOOL_STAFF:
        return lambda _version: True
    letters = covered(session, context, dossier)
    return lambda version: version.kind is not None and {c[0] for c in version.category_list} <= letters


def _line(services: Services, session: Session, document: Document, versions: list[DocumentVersion]) -> DocumentLine:
    version = versions[-1]
    return DocumentLine(
        document=document,
        version=version,
        file_name=labels.file_name_of(services.vault, session, version),
        readable=version.state == "ready" and document.withdrawn_at is None,
        versions=len(versions),
        necessity=labels.necessity_of(services.vault, session, version),
    )


def _documents(
    session: Session, dossier_id: str, *, only: str | None = None
) -> list[tuple[Document, list[DocumentVersion]]]:
    versions: dict[str, list[DocumentVersion]] = {}
    of_version = select(DocumentVersion).where(DocumentVersion.dossier_id == dossier_id)
    of_document = select(Document).where(Document.dossier_id == dossier_id)
    if only is not None:
        of_version = of_version.where(DocumentVersion.document_id == only)
        of_document = of_document.where(Document.id == only)
    for version in session.scalars(of_version.order_by(DocumentVersion.number)):
        versions.setdefault(version.document_id, []).append(version)
    documents = session.scalars(of_document.order_by(Document.made_at, Document.id))
    return [(document, versions[document.id]) for document in documents if document.id in versions]


def in_scope(session: Session, context: Context, moment: date) -> ColumnElement[bool]:
    """What of all dossiers this actor works on: a school its own, the SWV's people what their access entries reach.

    At an instant that is what break-glass opens too, on a day it is not.
    """
    actor = context.person
    of_tenant = Dossier.tenant_id == actor.tenant_id
    if actor.role is Role.SCHOOL_STAFF:
        mine = enrolled.at(own_schools(session, actor.organisation_id), context.today)
        return and_(of_tenant, Dossier.id.in_(mine))
    if actor.role not in SWV_READERS or not is_of_swv(session, actor.organisation_id):
        return false()
    entries = list(valid_entries(session, actor.account_id, moment))
    of_swv = and_(of_tenant, Dossier.state != "draft")
    if any(entry.scope == "tenant" for entry in entries):
        return of_swv
    schools = {school for entry in entries if entry.scope == "schools" for school in entry.scope_ids}
    single = {dossier for entry in entries if entry.scope == "dossier" for dossier in entry.scope_ids}
    return and_(of_swv, or_(Dossier.school_at(context.today).in_(schools), Dossier.id.in_(single)))


def own_schools(session: Session, organisation_id: str) -> list[str]:
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
