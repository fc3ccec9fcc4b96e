"""Read models for the pages of a dossier: what the person sees, gathered in one go."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from audit.log import events
from crypto.errors import CryptoError
from crypto.tokens import normalise_name
from gateway.access import glass
from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation
from gateway.consent.rules import sixteenth_birthday
from gateway.context import Context, Role
from gateway.dossiers import informing, keeping, queries, reading, seen, statements
from gateway.dossiers.happened import CHOICE_MADE, DOUBLE_LOOKED_AT, next_act, told_details, told_name, told_what
from gateway.dossiers.lists import work_list
from gateway.dossiers.rules import CATEGORIES
from gateway.dossiers.tables import NOBODY, UNDECIDED, Document, Dossier, DossierPerson
from gateway.errors import InvalidInputError, NotFoundError
from gateway.recording import Action, LogSealer, Outcome, record
from gateway.references import reference_of
from gateway.restrictions import queries as restrictions
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from audit.log import Entry
    from gateway.access.glass import GlassLine
    from gateway.accounts.rules import Person
    from gateway.dossiers.informing import InformingLine
    from gateway.dossiers.keeping import Kept
    from gateway.dossiers.lists import DossierLine
    from gateway.dossiers.queries import DocumentLine
    from gateway.dossiers.rules import Pupil
    from gateway.dossiers.seen import SeenLine
    from gateway.dossiers.statements import StatementLine
    from gateway.services import Services

TIMELINE_PAGE = 50
A_YEAR = timedelta(days=366)
QUERY_MAX = 300
_SHOWN = (
    Action.RECORD, Action.CONSULT, Action.DOWNLOAD, Action.PRINT,
    Action.REQUEST, Action.DECIDE, Action.DISCLOSE, Action.REFUSE,
    Action.SUBMIT, Action.WITHDRAW, Action.CORRECT, Action.SHIELD,
    Action.DESTROY, Action.CHECK, Action.ANONYMISE, Action.CONSENT,
    Action.CONFIRM_RECEIPT, Action.PERMISSION, Action.NOTIFY, Action.BREAK_GLASS,
    Action.HOLD, Action.ADVISE,
)  # fmt: skip
_STEPS = (Action.REQUEST, Action.DISCLOSE, Action.DECIDE)
_NEWEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One line of the timeline."""

    at: datetime
    who: str
    function: str
    action: str
    outcome: str
    what: str
    details: str
    article: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierView:
    """A dossier as its page shows it."""

    dossier: Dossier
    pupil: Pupil
    school_name: str
    documents: Sequence[DocumentLine]
    hidden: int
    covered: frozenset[str]
    glass: Sequence[GlassLine]
    by_glass: bool
    next_act: str
    kept: Kept | None
    today: date
    restricted: Sequence[str] = ()
    shielded: frozenset[str] = frozenset()
    said: Sequence[StatementLine] = ()

    @property
    def sixteen_on(self) -> date | None:
        """The sixteenth birthday, from a year ahead until it has come."""
        day = sixteenth_birthday(self.pupil.born)
        return day if self.today < day <= self.today + A_YEAR else None

    @property
    def reference(self) -> str:
        """What the school calls this dossier on the telephone."""
        return reference_of(self.dossier.id)

    @property
    def to_describe(self) -> int:
        """How many documents still lack their description."""
        return sum(
            not line.described and line.document.withdrawn_at is None and line.version.state != "rejected"
            for line in self.documents
        )

    @property
    def in_check(self) -> int:
        """How many documents are still in check."""
        return sum(line.version.state == "in_check" for line in self.documents)

    @property
    def rejected(self) -> int:
        """How many documents were rejected."""
        return sum(line.version.state == "rejected" for line in self.documents)

    @property
    def ready_to_submit(self) -> bool:
        """Whether nothing stands in the way of submitting."""
        return bool(self.documents) and not (self.to_describe or self.in_check or self.rejected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One page of what happened, newest first, and the cursor of the next one (None: there is none)."""

    lines: Sequence[Happened]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyView:
    """What a guardian or pupil sees: what is kept by kind, never the documents of others."""

    dossier_id: str
    pupil_name: str
    school_name: str
    categories: Sequence[tuple[str, str]]
    documents: int
    newest: Sequence[SeenLine]
    informed: Sequence[InformingLine] = ()
    kept: Kept | None = None
    restricted: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A list of dossiers and how it was narrowed."""

    lines: Sequence[DossierLine]
    count: int
    total: int
    query: str
    state: str
    page: int
    pages: int


def search(services: Services, context: Context, query: str, state: str, page: int = 1) -> Found:
    """One page of the dossiers that this person works on, by name or BSN. A search is logged without its terms."""
    among = None
    if query:
        with services.db.writing() as session:
            reach = select(Dossier.id).where(queries.in_scope(session, context, context.now))
            among = matching(services, session, context, query, within=reach)
            record(session, services.vault, context, Action.SEARCH, object_type="dossier")
    shown = state if state in {"draft", "submitted"} else ""
    found = work_list(services, context, among=among, state=shown, page=page)
    if found.lines:
        note_list(services, context, "dossiers", [line.id for line in found.lines])
    return Found(
        lines=found.lines,
        count=found.count,
        total=found.total,
        query=query,
        state=state,
        page=found.page,
        pages=found.pages,
    )


def note_list(services: Services, context: Context, about: str, dossier_ids: Sequence[str]) -> None:
    """Write that someone saw a list with pupils' names: one event for the page, which dossiers stands sealed in it."""
    with services.db.writing() as session:
        record(
            session,
            services.vault,
            context,
            Action.CONSULT,
            object_type=about,
            article="PR8.1",
            payload={"list": list(dossier_ids)},
        )


def seal_query(services: Services, context: Context, query: str) -> str:
    """What someone searches for, sealed for them alone: a name or BSN stands in no address, history or proxy log."""
    query = query.strip()[:QUERY_MAX]
    if not query:
        return ""
    account_id = context.person.account_id
    with services.db.reading() as session:
        sealed = services.vault.seal_json(session, account_id, "search", query)
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def open_query(services: Services, context: Context, sealed: str) -> str:
    """What `seal_query` sealed for this person.

    Raises:
        InvalidInputError: another's, or typed by hand.
    """
    if not sealed:
        return ""
    account_id = context.person.account_id
    try:
        box = urlsafe_b64decode(sealed.encode() + b"=" * (-len(sealed) % 4))
        with services.db.reading() as session:
            return str(services.vault.open_json(session, account_id, "search", box))
    except (ValueError, CryptoError) as error:
        raise InvalidInputError("Dit adres klopt niet meer. Zoek opnieuw in de lijst van dossiers.") from error


def matching(
    services: Services, session: Session, context: Context, query: str, *, within: Select[str] | None = None
) -> set[str]:
    """The dossiers of the tenant, or of those within, whose pupil has this name or BSN; reach is the caller's."""
    tenant = context.person.tenant_id
    digits = "".join(c for c in query if c.isdigit())
    if len(digits) >= 8 and not any(c.isalpha() for c in query):  # noqa: PLR2004 - a BSN has 8 or 9 digits
        return services.vault.find(session, tenant, "bsn", digits.zfill(9), within=within)
    parts = normalise_name(query)
    found = [services.vault.find(session, tenant, "name", part, within=within) for part in parts]
    return set.intersection(*found) if found else set()


def dossier(services: Services, context: Context, dossier_id: str, *, sending: bool = False) -> DossierView:
    """Everything on the page of a dossier; for `sending` only what the SWV may act on, which break-glass is not.

    Raises:
        NotFoundError: not within the actor's reach.
    """
    with services.db.reading() as session:
        row = queries.visible_dossier(session, context, dossier_id, reading=not sending)
        lines, hidden = queries.documents_of(services, session, context, row)
        steps = events(session.connection(), dossier=row.id, action=_STEPS, limit=TIMELINE_PAGE).rows
        uses = glass.running(services, session, row.tenant_id, row.id, context.now)
        return DossierView(
            dossier=row,
            pupil=_pupil_now(services, session, context, row),
            school_name=session.get_one(Organisation, row.school_on(context.today)).name,
            documents=lines,
            hidden=hidden,
            covered=queries.covered(session, context, row),
            glass=uses,
            by_glass=any(use.account_id == context.person.account_id for use in uses),
            next_act=next_act(
                state=row.state,
                school=context.person.role is Role.SCHOOL_STAFF,
                double=row.possible_double,
                documents=len(lines),
                checking=sum(line.version.state == "in_check" for line in lines),
                last_step=next((each.action.value for each in steps if each.object_type == "verstrekking"), ""),
            ),
            kept=keeping.kept_of(session, row, context.today),
            today=context.today,
            restricted=restrictions.told(session, row.id),
            shielded=restrictions.shielded_documents(session, row.id),
            said=statements.about_pupil(session, services.vault, row.id),
        )


def timeline(services: Services, context: Context, view: DossierView, before: str | None) -> Timeline:
    """One page of what happened with a dossier that was shown to this person.

    Raises:
        audit.errors.EventError: `before` is no cursor of the log.
    """
    shown = {line.document.id: line.file_name for line in view.documents}
    with services.db.reading() as session:
        return _timeline(services, session, context, view.dossier, before, documents=shown)


def consult(services: Services, context: Context, dossier_id: str, *, about: str = "dossier") -> DossierView:
    """The dossier with the pupil's data for who opens it: a consultation of its own, in the log before it is shown.

    `about` says which page of it: `dossier`, `documents`, `verstrekkingen`, `consents` or `relatives`.

    Raises:
        NotFoundError: not within the actor's reach.
    Source: PR8.1, PR9.3.
    """
    with services.db.writing() as session:
        row = queries.visible_dossier(session, context, dossier_id, reading=about in {"dossier", "documents"})
        record(
            session,
            services.vault,
            context,
            Action.CONSULT,
            dossier_id=row.id,
            object_type=about,
            object_id=row.id,
            article="PR8.1",
        )
    return dossier(services, context, dossier_id)


def line_of(view: DossierView, document_id: str) -> DocumentLine:
    """One document of the view."""
    for line in view.documents:
        if line.document.id == document_id:
            return line
    raise NotFoundError


def readers(services: Services, context: Context, dossier_id: str, document_id: str) -> list[str]:
    """Who outside the school opened a document: named when it is taken back."""
    with services.db.reading() as session:
        row = queries.school_dossier(session, context, dossier_id)
        document = session.get(Document, document_id)
        if document is None or document.dossier_id != row.id:
            raise NotFoundError
        found = reading.readers_of(session, row, document)
        others = session.scalars(
            select(Account.id).where(Account.id.in_(found), Account.organisation_id != context.person.organisation_id)
        )
        return reading.account_names(services, session, list(others))


def family(services: Services, context: Context) -> list[FamilyView]:
    """What is known about the child or children of this account."""
    views: list[FamilyView] = []
    with services.db.writing() as session:
        for row, pupil in seen.family_dossiers(services, session, context):
            record(
                session,
                services.vault,
                context,
                Action.CONSULT,
                dossier_id=row.id,
                object_type="overview",
                object_id=row.id,
                article="PR11.1",
            )
            versions = queries.kept_versions(session, row.id)
            letters = sorted({category[0] for version in versions for category in version.category_list})
            views.append(
                FamilyView(
                    dossier_id=row.id,
                    pupil_name=pupil.name,
                    school_name=session.get_one(Organisation, row.school_on(context.today)).name,
                    categories=[(letter, CATEGORIES[letter]) for letter in letters],
                    documents=len(versions),
                    newest=seen.page(services, session, context, row, None, apart=False).lines[:_NEWEST],
                    informed=informing.for_family(services, session, row),
                    kept=keeping.kept_of(session, row, context.today),
                    restricted=restrictions.told(session, row.id, family=True),
                )
            )
    return views


def link_family(
    session: Session, *, dossier_id: str, account_id: str, capacity: str, has_authority: bool, guardian_id: str = ""
) -> None:
    """Link an account of a guardian or pupil to a dossier; `guardian_id` says who that is in the pupil's data."""
    session.add(
        DossierPerson(
            dossier_id=dossier_id,
            account_id=account_id,
            capacity=capacity,
            has_authority=has_authority,
            guardian_id=guardian_id or (NOBODY if capacity == "data_subject" else UNDECIDED),
        )
    )


def first_guardian(services: Services, session: Session, dossier_id: str) -> str:
    """The id of the guardian whom the school named first."""
    return queries.pupil_of(session, services.vault, session.get_one(Dossier, dossier_id)).guardians[0].id


def _timeline(
    services: Services,
    session: Session,
    context: Context,
    row: Dossier,
    before: str | None,
    *,
    documents: dict[str, str],
) -> Timeline:
    found = events(session.connection(), dossier=row.id, action=_SHOWN, before=before, limit=TIMELINE_PAGE)
    persons = people.names_of(session, services.vault, [entry.actor for entry in found.rows])
    sealer = LogSealer(session, services.vault, organisation_id=row.tenant_id, year=context.now.year)
    lines = [_happened(entry, persons, sealer, documents, context) for entry in found.rows]
    # That the SWV looked for a double tells the school that there is one; each choice of a reviewer hides the rest.
    school = context.person.role is Role.SCHOOL_STAFF
    told = [line for line in lines if line.what != CHOICE_MADE and not (school and line.what == DOUBLE_LOOKED_AT)]
    return Timeline(lines=told, next_cursor=found.next_cursor)


def _happened(
    entry: Entry, persons: dict[str, Person], sealer: LogSealer, documents: dict[str, str], context: Context
) -> Happened:
    payload = seen.opened(entry, sealer)
    person = persons.get(entry.actor or "")
    return Happened(
        at=entry.at,
        who=person.name if person else "Dossierpoort",
        function=(person.function or sentence(Role(entry.role).label)) if person and entry.role else "",
        action=entry.action.value,
        outcome=entry.outcome.value,
        what=_what(entry, payload, documents, context),
        details=told_details(payload, documents, context),
        article=entry.article or "",
        event_id=entry.event_id,
    )


def _what(entry: Entry, payload: dict[str, Any], documents: dict[str, str], context: Context) -> str:
    action = Action(entry.action.value)
    about = entry.object_type or ""
    document = payload.get("document") or (entry.object_id if about == "document" else None)
    name = told_name(document, payload, documents, context)
    return told_what(action, payload, name=name, about=about, refused=entry.outcome is not Outcome.SUCCESS)


def _pupil_now(services: Services, session: Session, context: Context, row: Dossier) -> Pupil:
    """The pupil, enrolled since the change of school that was recorded ahead where its day has come."""
    pupil = queries.pupil_of(session, services.vault, row)
    if row.moves_to is None or row.moves_on is None or row.moves_on > context.today:
        return pupil
    return replace(pupil, enrolled_from=row.moves_on)
