"""Verstrekkingen as lists and pages: sent, received, and the privacy officer's register (PR9.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from audit.log import events
from gateway.access.facts import access_of
from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.consent import usecases as consents
from gateway.context import Role
from gateway.disclosure import alongside, choosing, outgoing, reach
from gateway.disclosure.noting import record_opened
from gateway.disclosure.replaying import replay
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers import labels, pages
from gateway.dossiers import queries as dossiers
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.errors import NotFoundError
from gateway.partner_keys.usecases import usable
from gateway.recording import Action
from gateway.reglement import versions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from gateway.accounts.rules import Person
    from gateway.context import Context
    from gateway.disclosure.alongside import Beside
    from gateway.services import Services

REGISTER_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A document in a verstrekking."""

    version_id: str
    number: int
    file_name: str
    size: int
    categories: Sequence[str]
    kind: str
    withdrawn: bool
    fetched_at: datetime | None
    fetched_by: str
    seen: bool = True
    leaves_as: str = ""
    replaced: bool = False
    statements: Sequence[Beside] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesThen:
    """Under which version of the reglement it was decided, which one is in force now, and what replaying gives.

    `same` None: the facts of then were not kept.
    """

    title: str
    number: int
    now: int
    cited: str
    same: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A verstrekking as its page shows it."""

    row: Verstrekking
    pupil_name: str
    sender_name: str
    maker_name: str
    recipient_name: str
    recipient_kind: str
    school_name: str
    statement: str
    items: Sequence[Item]
    days_left: int
    confirmed_by: str
    consent_giver: str
    has_key: bool
    event_id: str | None
    details: dict[str, str]
    decided_by: str
    rules: RulesThen
    expert_name: str = ""

    @property
    def nameless(self) -> bool:
        """Whether it left in a form that says nothing of who it is about."""
        return self.row.form != choosing.ORIGINAL

    @property
    def fetched(self) -> Sequence[Item]:
        """What the recipient downloaded: this cannot be taken back."""
        return [item for item in self.items if item.fetched_at is not None]

    @property
    def left(self) -> bool:
        """Whether anything left in any form."""
        return bool(self.fetched or self.row.packaged_at or self.row.printed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A verstrekking in a list."""

    id: str
    dossier_id: str
    made_at: datetime
    recipient_name: str
    purpose: str
    basis: str
    article: str
    state: str
    form: str
    categories: Sequence[str]
    open_until: date
    pupil_name: str
    school_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesPage:
    """One page of a list of verstrekkingen, and how many there are in all."""

    lines: Sequence[Line]
    count: int
    page: int
    pages: int


def show_sent(services: Services, context: Context, verstrekking_id: str) -> View:
    """A verstrekking for its sender; that it was opened is logged."""
    with services.db.writing() as session:
        row = reach.sent(session, context, verstrekking_id)
        record_opened(services, session, context, row)
        return _without_unseen(session, context, row, _view(services, session, context, row))


def show_received(services: Services, context: Context, verstrekking_id: str) -> View:
    """A verstrekking for its recipient; that it was opened is logged. An anonymised one names nobody (CV4.6)."""
    with services.db.writing() as session:
        row = reach.received(session, context, verstrekking_id)
        record_opened(services, session, context, row)
        return _nameless(_view(services, session, context, row))


def cover(services: Services, context: Context, verstrekking_id: str) -> View:
    """A verstrekking for the cover sheet of its print: what the recipient may read, and no more."""
    return _nameless(show_sent(services, context, verstrekking_id))


def _nameless(view: View) -> View:
    """The same view, as who receives it may read it: of an anonymised set no pupil, school, parent or typed name."""
    if not view.nameless:
        return view
    items = [replace(item, file_name=item.leaves_as) for item in view.items]
    return replace(view, pupil_name="", school_name="", consent_giver="", items=items)


def show_registered(services: Services, context: Context, verstrekking_id: str) -> View:
    """A verstrekking for the privacy officer of its tenant."""
    with services.db.reading() as session:
        row = session.get(Verstrekking, verstrekking_id)
        if row is None or row.tenant_id != context.officer.tenant_id:
            raise NotFoundError
        return _view(services, session, context, row)


def of_dossier(services: Services, context: Context, dossier_id: str) -> list[Line]:
    """The verstrekkingen from one dossier, newest first."""
    with services.db.reading() as session:
        dossier = dossiers.visible_dossier(session, context, dossier_id)
        query = select(Verstrekking).where(Verstrekking.dossier_id == dossier.id)
        return lines_of(services, session, context, session.scalars(_newest_first(query)).all())


def list_sent(services: Services, context: Context, page: int = 1) -> LinesPage:
    """The verstrekkingen from the dossiers within the actor's reach."""
    with services.db.reading() as session:
        within = dossiers.ids_in_scope(session, context)
        found = _page(services, session, context, Verstrekking.dossier_id.in_(within), page)
    return _noted(services, context, found)


def list_received(services: Services, context: Context, page: int = 1) -> LinesPage:
    """What was disclosed to the actor's organisation."""
    actor = context.person
    addressed = and_(
        Verstrekking.tenant_id == actor.tenant_id,
        Verstrekking.recipient_id == actor.organisation_id,
        Verstrekking.state == "open",
        Verstrekking.expert_id == actor.account_id if actor.role is Role.EXPERT else Verstrekking.expert_id.is_(None),
    )
    with services.db.reading() as session:
        found = _page(services, session, context, addressed, page)
    lines = [
        line if line.form == choosing.ORIGINAL else replace(line, pupil_name="", school_name="") for line in found.lines
    ]
    return _noted(services, context, replace(found, lines=lines))


def _noted(services: Services, context: Context, found: LinesPage) -> LinesPage:
    """The same page; that its names were seen stands in the log."""
    if found.lines:
        pages.note_list(services, context, "verstrekkingen", sorted({line.dossier_id for line in found.lines}))
    return found


def recipients(services: Services, context: Context) -> list[Organisation]:
    """The organisations to which a verstrekking can go: all but the SWV itself and families."""
    with services.db.reading() as session:
        found = people.organisations(session, context.person.tenant_id)
    return [row for row in found if row.kind not in {"swv", "family"}]


def contact_persons(services: Services, context: Context, organisation_id: str) -> list[str]:
    """The names of the contact persons with an account at an organisation of the actor's tenant."""
    with services.db.reading() as session:
        query = select(Account.id).where(
            Account.tenant_id == context.person.tenant_id,
            Account.organisation_id == organisation_id,
            Account.role == Role.CONTACT_PERSON.value,
            Account.active,
        )
        named = people.names_of(session, services.vault, list(session.scalars(query)))
    return sorted(person.name for person in named.values())


def laws(services: Services, context: Context) -> list[tuple[str, str]]:
    """The laws of the reglement in force on which a disclosure can rest: (id, how it is cited)."""
    with services.db.reading() as session:
        tenant = session.get_one(Tenant, context.person.tenant_id)
        profile = versions.in_force(session, tenant.id, tenant.profile_id, context.today)
    return [(law.id, law.cite) for law in profile.laws.values()]


def _newest_first(query: Select[Verstrekking]) -> Select[Verstrekking]:
    return query.order_by(Verstrekking.made_at.desc(), Verstrekking.id)


def _page(services: Services, session: Session, context: Context, where: ColumnElement[bool], page: int) -> LinesPage:
    count = session.scalar(select(func.count()).select_from(Verstrekking).where(where)) or 0
    pages = max(1, -(-count // REGISTER_PAGE))
    page = min(max(page, 1), pages)
    query = _newest_first(select(Verstrekking).where(where)).offset((page - 1) * REGISTER_PAGE).limit(REGISTER_PAGE)
    lines = lines_of(services, session, context, session.scalars(query).all())
    return LinesPage(lines=lines, count=count, page=page, pages=pages)


def lines_of(services: Services, session: Session, context: Context, rows: Sequence[Verstrekking]) -> list[Line]:
    """These verstrekkingen as lines of a list."""
    services.vault.preload(session, [row.dossier_id for row in rows])
    names = {
        o.id: o.name
        for o in session.scalars(select(Organisation).where(Organisation.tenant_id == context.person.tenant_id))
    }
    wanted = select(Dossier).where(Dossier.id.in_({row.dossier_id for row in rows}))
    of = {dossier.id: dossier for dossier in session.scalars(wanted)}
    return [
        Line(
            id=row.id,
            dossier_id=row.dossier_id,
            made_at=row.made_at,
            recipient_name=names[row.recipient_id],
            purpose=row.purpose,
            basis=row.law or row.basis,
            article=row.article,
            state=_state(row, context),
            form=row.form,
            categories=row.categories.split(),
            open_until=row.open_until,
            pupil_name=dossiers.pupil_of(session, services.vault, of[row.dossier_id]).name,
            school_name=names[of[row.dossier_id].school_on(context.today)],
        )
        for row in rows
    ]


def _state(row: Verstrekking, context: Context) -> str:
    if row.state != "open":
        return "closed" if row.closed_at is not None else row.state
    if row.failed_at is not None:
        return "failed"
    if row.closed_at is not None:
        return "closed"
    if row.confirmed_at is not None:
        return "confirmed"
    return "expired" if row.open_until < context.today else "open"


def _view(services: Services, session: Session, context: Context, row: Verstrekking) -> View:
    dossier = session.get_one(Dossier, row.dossier_id)
    recipient = session.get_one(Organisation, row.recipient_id)
    items = session.scalars(select(VerstrekkingDocument).where(VerstrekkingDocument.verstrekking_id == row.id)).all()
    persons = people.names_of(
        session,
        services.vault,
        [row.made_by, row.confirmed_by, row.decided_by, row.expert_id, *(item.fetched_by for item in items)],
    )
    places = outgoing.numbers(session, row)
    tenant = session.get_one(Tenant, row.tenant_id)
    beside = alongside.of_row(services, session, context, row)
    return View(
        row=row,
        pupil_name=dossiers.pupil_of(session, services.vault, dossier).name,
        sender_name=tenant.name,
        maker_name=persons[row.made_by].name if row.made_by in persons else "",
        recipient_name=recipient.name,
        recipient_kind=recipient.kind,
        school_name=session.get_one(Organisation, dossier.school_on(context.today)).name,
        statement=services.vault.open_json(session, row.dossier_id, "statement", row.statement),
        items=[
            replace(
                _item(services, session, item, persons, places[item.version_id]),
                statements=[each for each in beside if each.version_id == item.version_id],
            )
            for item in sorted(items, key=lambda item: places[item.version_id])
        ],
        days_left=(row.open_until - context.today).days,
        confirmed_by=persons[row.confirmed_by].name if row.confirmed_by in persons else "",
        consent_giver=_giver(services, session, row),
        has_key=bool(usable(session, recipient.id, context.today)),
        event_id=_event(session, row),
        details=_details(services, session, row),
        decided_by=persons[row.decided_by].name if row.decided_by in persons else "",
        rules=_rules_then(services, session, context, row, tenant),
        expert_name=persons[row.expert_id].name if row.expert_id in persons else "",
    )


def _details(services: Services, session: Session, row: Verstrekking) -> dict[str, str]:
    found = services.vault.open_json(session, row.dossier_id, "verstrekking", row.details) if row.details else {}
    return {name: told for name, told in found.items() if isinstance(told, str)}


def _rules_then(services: Services, session: Session, context: Context, row: Verstrekking, tenant: Tenant) -> RulesThen:
    profile_id, _, number = row.profile.rpartition("@")
    then = versions.find(session, tenant.id, profile_id, int(number))
    now = versions.in_force(session, tenant.id, tenant.profile_id, context.today)
    replayed = replay(session, services.vault, row)
    known = bool(replayed) and all(each.again is not None for each in replayed)
    return RulesThen(
        title=then.title,
        number=then.version,
        now=now.version,
        cited=then.articles[row.article],
        same=all(each.same for each in replayed) if known else None,
    )


def _event(session: Session, row: Verstrekking) -> str | None:
    """The event by which it was made: what its receipt proves."""
    found = events(session.connection(), dossier=row.dossier_id, object_id=row.id, action=Action.DISCLOSE, limit=1)
    return found.rows[0].event_id if found.rows else None


def _without_unseen(session: Session, context: Context, row: Verstrekking, view: View) -> View:
    """The same view, in which documents outside the sender's own categories are only counted (PR10.2)."""
    school_id = session.get_one(Dossier, row.dossier_id).school_on(context.today)
    access = access_of(
        session, context.person.account_id, context.today, dossier_id=row.dossier_id, school_id=school_id
    )
    seen = set(access["categories"]) if access else set()
    letters = {
        item.version_id: {category[0] for category in session.get_one(DocumentVersion, item.version_id).category_list}
        for item in view.items
    }
    return replace(
        view,
        items=[
            item if letters[item.version_id] <= seen else replace(item, file_name="", seen=False, statements=())
            for item in view.items
        ],
    )


def _giver(services: Services, session: Session, row: Verstrekking) -> str:
    consent = next((c for c in consents.of_dossier(session, row.dossier_id) if c.id == row.consent_id), None)
    return consents.details(session, services.vault, consent)["name"] if consent else ""


def _item(
    services: Services, session: Session, item: VerstrekkingDocument, persons: dict[str, Person], place: int
) -> Item:
    version = session.get_one(DocumentVersion, item.version_id)
    document = session.get_one(Document, version.document_id)
    anonymised = item.form == choosing.ANONYMISED
    leaving = outgoing.anonymised(services, session, version, place) if anonymised else None
    return Item(
        version_id=version.id,
        number=version.number,
        file_name=labels.file_name_of(services.vault, session, version),
        size=leaving.size if leaving is not None else version.plain_size,
        categories=item.categories.split(),
        kind=version.kind or "",
        withdrawn=document.withdrawn_at is not None,
        fetched_at=item.fetched_at,
        fetched_by=persons[item.fetched_by].name if item.fetched_by in persons else "",
        leaves_as=outgoing.neutral_name(place) if anonymised else "",
        replaced=anonymised and (leaving is None or leaving.mark != item.mark),
    )
