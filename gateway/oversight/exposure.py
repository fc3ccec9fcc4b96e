"""Who could have seen a document, and who did: by access entries, schools and verstrekkingen of the time, and the log.

Computed anew each time from what is kept; nothing here is filled in by hand. Source: AVG 33(3)(a), 33(5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from audit.log import MOST_ROWS, events
from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers import enrolled
from gateway.dossiers.labels import file_name_of
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.oversight.calendar import day_of
from gateway.oversight.listed import entries_between, reaches
from gateway.oversight.signals import READING
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from audit.log import Entry
    from gateway.services import Services

OF_SCHOOL = sentence("werkt op de school van de leerling")
LISTED = sentence("staat op de toegangslijst")
RECEIVED = sentence("werkt bij een ontvanger van dit stuk")
THEN_ELSEWHERE = sentence("opende het stuk; de reden is nu niet meer te zien")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seer:
    """Someone who could have seen a document in the period, why, and when they really opened it."""

    account_id: str
    name: str
    role: str
    organisation: str
    why: str
    opened: Sequence[tuple[datetime, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """A document of a breach: what it is, whom it is about, and who could see it."""

    document_id: str
    dossier_id: str
    file_name: str
    categories: Sequence[str]
    pupil: str
    guardians: Sequence[str]
    school: str
    seers: Sequence[Seer]

    @property
    def really(self) -> int:
        """How many of them really opened it."""
        return sum(bool(seer.opened) for seer in self.seers)


def exposed(
    services: Services, session: Session, document: Document, since: datetime | None, until: datetime
) -> Exposed:
    """Who could have seen this document between these instants, and who did."""
    dossier = session.get_one(Dossier, document.dossier_id)
    versions = session.scalars(
        select(DocumentVersion).where(DocumentVersion.document_id == document.id).order_by(DocumentVersion.number)
    ).all()
    begin = max(since, document.made_at) if since else document.made_at
    why = _who_could(session, dossier, versions, begin, max(until, begin))
    opened: dict[str, list[tuple[datetime, str]]] = {}
    for entry in _readings(session, dossier, {version.id for version in versions}, begin, until):
        opened.setdefault(entry.actor or "", []).append((entry.at, entry.event_id))
        why.setdefault(entry.actor or "", THEN_ELSEWHERE)
    pupil = pupil_of(session, services.vault, dossier)
    newest = versions[-1] if versions else None
    return Exposed(
        document_id=document.id,
        dossier_id=dossier.id,
        file_name=file_name_of(services.vault, session, newest) if newest else "",
        categories=newest.category_list if newest else (),
        pupil=pupil.name,
        guardians=[guardian.name for guardian in pupil.guardians],
        school=session.get_one(Organisation, dossier.school_on(day_of(until))).name,
        seers=_named(services, session, why, opened),
    )


def _who_could(
    session: Session, dossier: Dossier, versions: Sequence[DocumentVersion], begin: datetime, end: datetime
) -> dict[str, str]:
    why: dict[str, str] = {}
    places = []
    for school_id in sorted(enrolled.schools_between(session, dossier, day_of(begin), day_of(end))):
        school = session.get_one(Organisation, school_id)
        places += [place for place in (school.id, school.parent_id) if place]
    for account in _active(session, places, begin, end):
        if account.role == Role.SCHOOL_STAFF:
            why[account.id] = OF_SCHOOL
    if dossier.submitted_at is not None and dossier.submitted_at <= end:
        for account_id in _listed(session, dossier, versions, max(begin, dossier.submitted_at), end):
            why.setdefault(account_id, LISTED)
    received = (
        select(Verstrekking.recipient_id)
        .join(VerstrekkingDocument, VerstrekkingDocument.verstrekking_id == Verstrekking.id)
        .where(
            VerstrekkingDocument.version_id.in_([version.id for version in versions]),
            Verstrekking.state == "open",
            Verstrekking.made_at <= end,
            Verstrekking.open_until >= day_of(begin),
            or_(Verstrekking.closed_at.is_(None), Verstrekking.closed_at >= begin),
        )
    )
    for account in _active(session, list(session.scalars(received)), begin, end):
        if account.role == Role.CONTACT_PERSON:
            why.setdefault(account.id, RECEIVED)
    return why


def _active(session: Session, organisations: Sequence[str], begin: datetime, end: datetime) -> Sequence[Account]:
    query = select(Account).where(
        Account.organisation_id.in_(organisations),
        Account.created_at <= end,
        or_(Account.ended_at.is_(None), Account.ended_at >= begin),
    )
    return session.scalars(query).all()


def _listed(
    session: Session, dossier: Dossier, versions: Sequence[DocumentVersion], begin: datetime, end: datetime
) -> list[str]:
    """Accounts with an entry in the period that reaches the dossier and covers a version's categories."""
    schools = enrolled.schools_between(session, dossier, day_of(begin), day_of(end))
    letters = [{category[0] for category in version.category_list} for version in versions if version.kind]
    found: dict[str, set[str]] = {}
    for row in entries_between(session, dossier.tenant_id, begin, end):
        if reaches(row, dossier, schools):
            found.setdefault(row.account_id, set()).update(row.categories)
    return [account for account, covered in found.items() if any(needed <= covered for needed in letters)]


def _readings(session: Session, dossier: Dossier, versions: set[str], begin: datetime, end: datetime) -> list[Entry]:
    found: list[Entry] = []
    before: str | None = None
    while True:
        page = events(
            session.connection(),
            dossier=dossier.id,
            action=tuple(READING),
            since=begin,
            before=before,
            limit=MOST_ROWS,
        )
        found += [entry for entry in page.rows if entry.object_id in versions and entry.at <= end and entry.actor]
        before = page.next_cursor
        if before is None:
            return found[::-1]


def _named(
    services: Services, session: Session, why: dict[str, str], opened: dict[str, list[tuple[datetime, str]]]
) -> list[Seer]:
    persons = people.names_of(session, services.vault, why)
    accounts = {row.id: row for row in session.scalars(select(Account).where(Account.id.in_(why)))}
    places = {row.organisation_id for row in accounts.values()}
    names = {row.id: row.name for row in session.scalars(select(Organisation).where(Organisation.id.in_(places)))}
    seers = [
        Seer(
            account_id=account_id,
            name=persons[account_id].name if account_id in persons else "",
            role=Role(accounts[account_id].role).label if account_id in accounts else "",
            organisation=names.get(accounts[account_id].organisation_id, "") if account_id in accounts else "",
            why=reason,
            opened=opened.get(account_id, ()),
        )
        for account_id, reason in why.items()
    ]
    return sorted(seers, key=lambda seer: (not seer.opened, seer.organisation, seer.name))
