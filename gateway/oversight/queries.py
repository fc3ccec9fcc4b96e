"""The log as the privacy officer reads it: who, what, when, to whom, on which basis."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from audit.errors import AuditError
from audit.log import events, find, open_payload
from crypto.errors import CryptoError
from gateway.accounts import people
from gateway.accounts.tables import Organisation
from gateway.context import Role
from gateway.dossiers import labels
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import Dossier
from gateway.errors import NotFoundError
from gateway.recording import Action, LogSealer, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from audit.log import Entry
    from gateway.accounts.rules import Person
    from gateway.context import Context
    from gateway.services import Services

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One event in words."""

    event_id: str
    at: datetime
    who: str
    role: str
    organisation: str
    action: str
    outcome: str
    pupil: str
    dossier_id: str
    purpose: str
    basis: str
    article: str
    profile: str
    recipient: str
    details: dict[str, Any]
    sequenced: bool
    leaf_index: int | None
    network: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """A page of the log and the cursor of the next one."""

    lines: Sequence[LogLine]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """How the log was narrowed."""

    action: str = ""
    dossier: str = ""
    account: str = ""
    since: datetime | None = None
    until: datetime | None = None


def consult_log(services: Services, context: Context, chosen: Filter, before: str | None) -> LogPage:
    """One page of the log for who reads it: reading the log stands in the log too. Source: PR9.3, NEN 7513."""
    found = log_page(services, context, chosen, before)
    note_reading(services, context, "log")
    return found


def note_reading(services: Services, context: Context, object_type: str, object_id: str | None = None) -> None:
    """Write that the officer looked at the log or the register, in the log."""
    with services.db.writing() as session:
        record(
            session,
            services.vault,
            context,
            Action.CONSULT,
            object_type=object_type,
            object_id=object_id,
            article="PR9.3",
        )


def log_page(services: Services, context: Context, chosen: Filter, before: str | None) -> LogPage:
    """One page of the tenant's log, newest first."""
    with services.db.reading() as session:
        found = events(
            session.connection(),
            tenant=context.person.tenant_id,
            action=Action(chosen.action) if chosen.action in set(Action) else None,
            dossier=chosen.dossier or None,
            actor=chosen.account or None,
            since=chosen.since,
            until=chosen.until,
            before=before,
            limit=PAGE,
        )
        return LogPage(lines=lines_of(services, session, context, found.rows), next_cursor=found.next_cursor)


def event(services: Services, context: Context, event_id: str) -> LogLine:
    """One event of the tenant, with all its details."""
    with services.db.reading() as session:
        found = find(session.connection(), event_id)
        if found is None or found.tenant != context.person.tenant_id:
            raise NotFoundError
        line = _named(services, session, lines_of(services, session, context, [found])[0])
        line = _about(services, session, line, found.object_id if found.object_type == "account" else None)
    note_reading(services, context, "event", event_id)
    return line


def _named(services: Services, session: Session, line: LogLine) -> LogLine:
    """The same line with the name of its document, which the log does not keep: it goes when the document is erased."""
    document = line.details.get("document")
    if not isinstance(document, str) or "file" in line.details:
        return line
    name = labels.current_name(services.vault, session, line.dossier_id, document)
    return replace(line, details={"file": name or sentence("naam vernietigd met het stuk"), **line.details})


PERSONS = ("asked_by", "account", "successor")
"""Details that name an account by its id: the officer reads who it is."""


def _about(services: Services, session: Session, line: LogLine, account_id: str | None) -> LogLine:
    """The same line with the names of the people it is about."""
    ids = {key: str(line.details[key]) for key in PERSONS if line.details.get(key)}
    persons = people.names_of(session, services.vault, [account_id, *ids.values()])
    named = {key: persons[each].name for key, each in ids.items() if each in persons}
    about = {"about": persons[account_id].name} if account_id in persons else {}
    return replace(line, details={**about, **line.details, **named})


def export(services: Services, context: Context, chosen: Filter) -> Iterator[Sequence[str]]:
    """The filtered log as rows for a spreadsheet; the export itself is logged."""
    with services.db.writing() as session:
        record(
            session,
            services.vault,
            context,
            Action.EXPORT,
            object_type="log",
            article="PR9.3",
            payload={"filter": {key: str(value) for key, value in asdict(chosen).items() if value}},
        )
    yield (
        "tijdstip",
        "wie",
        "rol",
        "organisatie",
        "wat",
        "uitkomst",
        "leerling",
        "doel",
        "grondslag",
        "artikel",
        "ontvanger",
    )
    cursor: str | None = None
    while True:
        shown = log_page(services, context, chosen, cursor)
        for line in shown.lines:
            yield (
                line.at.isoformat(),
                line.who,
                line.role,
                line.organisation,
                line.action,
                line.outcome,
                line.pupil,
                line.purpose,
                line.basis,
                line.article,
                line.recipient,
            )
        cursor = shown.next_cursor
        if cursor is None:
            return


def lines_of(services: Services, session: Session, context: Context, rows: Sequence[Entry]) -> list[LogLine]:
    """These events in words."""
    persons = people.names_of(session, services.vault, [row.actor for row in rows])
    query = select(Organisation).where(Organisation.tenant_id == context.person.tenant_id)
    organisations = {row.id: row.name for row in session.scalars(query)}
    pupils = _pupils(services, session, rows)
    sealer = LogSealer(session, services.vault, organisation_id=context.person.tenant_id, year=context.now.year)
    return [_line(row, persons, organisations, pupils, sealer) for row in rows]


def _pupils(services: Services, session: Session, rows: Sequence[Entry]) -> dict[str, str]:
    wanted = {row.dossier for row in rows if row.dossier}
    services.vault.preload(session, wanted)
    dossiers = session.scalars(select(Dossier).where(Dossier.id.in_(wanted)))
    return {dossier.id: pupil_of(session, services.vault, dossier).name for dossier in dossiers}


def _line(
    row: Entry,
    persons: dict[str, Person],
    organisations: dict[str, str],
    pupils: dict[str, str],
    sealer: LogSealer,
) -> LogLine:
    try:
        details: dict[str, Any] = dict(open_payload(row, sealer))
    except (AuditError, CryptoError, LookupError):
        details = {}
    person = persons.get(row.actor or "")
    return LogLine(
        event_id=row.event_id,
        at=row.at,
        who=person.name if person else ("Dossierpoort" if row.actor is None else "onbekend"),
        role=Role(row.role).label if row.role else "",
        organisation=organisations.get(row.organisation or "", ""),
        action=row.action.value,
        outcome=row.outcome.value,
        pupil=pupils.get(row.dossier or "", ""),
        dossier_id=row.dossier or "",
        purpose=row.purpose or "",
        basis=row.legal_basis or "",
        article=row.article or "",
        profile=row.profile or "",
        recipient=str(details.get("recipient_name") or ""),
        details=details,
        sequenced=row.leaf_index is not None,
        leaf_index=row.leaf_index,
        network=row.network or "",
    )
