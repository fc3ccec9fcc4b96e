"""The pupil's view: who saw or received what of a dossier, when and why, for guardian or pupil (PR11.1, PR11.3).

Employees are named by their function, or by name where the reglement chooses so. Documents are not named here: what is
in them comes with an inzage, which is judged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from audit.errors import AuditError
from audit.log import cursor_of, events, open_payload
from crypto.errors import CryptoError
from gateway.access import glass
from gateway.accounts import people
from gateway.accounts.tables import Organisation
from gateway.context import AMSTERDAM, Context, Role
from gateway.dossiers import queries
from gateway.dossiers.happened import told_to_family
from gateway.dossiers.tables import Dossier, DossierPerson
from gateway.errors import NotFoundError
from gateway.recording import Action, LogSealer, Outcome, record
from gateway.reglement import versions
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from audit.log import Entry
    from gateway.accounts.rules import Person
    from gateway.dossiers.rules import Pupil
    from gateway.services import Services

PAGE = 200
FAMILY = frozenset({Role.GUARDIAN, Role.PUPIL})
ACTIONS = (
    Action.CONSULT,
    Action.PRINT,
    Action.DOWNLOAD,
    Action.EXPORT,
    Action.DISCLOSE,
    Action.REFUSE,
    Action.SUBMIT,
    Action.WITHDRAW,
    Action.CONFIRM_RECEIPT,
    Action.CORRECT,
    Action.CONSENT,
    Action.REQUEST,
    Action.BREAK_GLASS,
    Action.DECIDE,
    Action.DESTROY,
    Action.HOLD,
    Action.ADVISE,
    Action.PERMISSION,
    Action.NOTIFY,
    Action.RECORD,
    Action.OBJECT,
)
"""What the log says to a family; `told_to_family` has the words, and what it has none for is not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One event: when, and by which id its receipt is asked."""

    at: datetime
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLine:
    """What someone did, once or several times on one day; `looks` newest first."""

    who: str
    of: str
    action: str
    outcome: str
    what: str
    reason: str
    purpose: str
    basis: str
    article: str
    looks: Sequence[Look]

    @property
    def day(self) -> date:
        """The day in Amsterdam."""
        return self.looks[0].at.astimezone(AMSTERDAM).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPage:
    """Some lines, newest first, and the cursor of the next page (None: there is none)."""

    lines: Sequence[SeenLine]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilView:
    """Who saw or received what of one dossier."""

    dossier_id: str
    pupil_name: str
    school_name: str
    seen: SeenPage


def merged(lines: Iterable[SeenLine]) -> list[SeenLine]:
    """The lines of each day, newest first, with what is the same but for its time told once.

    Takes lines newest first. Nothing is lost: every look stays, under the line of its day.
    """
    made: list[SeenLine] = []
    for _day, of_day in groupby(lines, key=lambda line: line.day):
        same: dict[SeenLine, list[Look]] = {}
        for line in of_day:
            same.setdefault(replace(line, looks=()), []).extend(line.looks)
        made += [replace(line, looks=tuple(looks)) for line, looks in same.items()]
    return made


def family_dossiers(services: Services, session: Session, context: Context) -> list[tuple[Dossier, Pupil]]:
    """The dossiers that this guardian or pupil may see on this day, each with its pupil (PRage)."""
    if context.person.role not in FAMILY:
        return []
    found = [(row, queries.pupil_of(session, services.vault, row)) for row in queries.family_dossiers(session, context)]
    # From the sixteenth birthday the pupil sees this, and a guardian no longer does.
    of_age = context.person.role is Role.PUPIL
    return [(row, pupil) for row, pupil in found if queries.decides_alone(pupil, context.today) is of_age]


def family_dossier(services: Services, session: Session, context: Context, dossier_id: str) -> tuple[Dossier, Pupil]:
    """One of them.

    Raises:
        NotFoundError: it is another's, or it does not exist.
    """
    query = select(DossierPerson.dossier_id).where(
        DossierPerson.account_id == context.person.account_id, DossierPerson.dossier_id == dossier_id
    )
    if session.scalar(query) is None:
        raise NotFoundError
    for row, pupil in family_dossiers(services, session, context):
        if row.id == dossier_id:
            return row, pupil
    raise NotFoundError


def for_family(
    services: Services, context: Context, dossier_id: str, *, before: str | None = None, apart: bool = False
) -> PupilView:
    """One page of who saw what, for guardian or pupil; looking at it is logged too.

    Raises:
        NotFoundError: not theirs.
        audit.errors.EventError: `before` is no cursor of the log.
    """
    with services.db.writing() as session:
        row, _ = family_dossier(services, session, context, dossier_id)
        _record(services, session, context, row, Action.CONSULT)
        return _view(services, session, context, row, before, apart=apart)


def for_officer(
    services: Services, context: Context, dossier_id: str, *, before: str | None = None, apart: bool = False
) -> PupilView:
    """The same page for the privacy officer of the tenant; logged, and the family sees that it was."""
    _ = context.officer
    with services.db.writing() as session:
        row = _of_tenant(session, context, dossier_id)
        _record(services, session, context, row, Action.CONSULT)
        return _view(services, session, context, row, before, apart=apart)


def on_paper(services: Services, context: Context, dossier_id: str) -> PupilView:
    """All of it, for the privacy officer to print and hand over; logged as printed (PR11.3)."""
    _ = context.officer
    with services.db.writing() as session:
        row = _of_tenant(session, context, dossier_id)
        _record(services, session, context, row, Action.PRINT)
        view = _view(services, session, context, row, None, apart=True)
        lines = list(view.seen.lines)
        while view.seen.next_cursor is not None:
            view = _view(services, session, context, row, view.seen.next_cursor, apart=True)
            lines += view.seen.lines
        return replace(view, seen=SeenPage(lines=merged(lines), next_cursor=None))


def asking_ways(services: Services, context: Context) -> frozenset[str]:
    """How parents ask for a second opinion today: `direct`, through the `school`, or both (TL12)."""
    with services.db.reading() as session:
        return asking_ways_within(session, context)


def asking_ways_within(session: Session, context: Context) -> frozenset[str]:
    """The same, in the caller's transaction."""
    tenant = people.tenant_of(session, context.person.tenant_id)
    return versions.in_force(session, tenant.id, tenant.profile_id, context.today).rights.second_opinion_ways


def page(
    services: Services, session: Session, context: Context, row: Dossier, before: str | None, *, apart: bool
) -> SeenPage:
    """One page of what happened with a dossier, whole days where that is possible; the caller judged who asks."""
    found = events(session.connection(), dossier=row.id, action=ACTIONS, before=before, limit=PAGE)
    rows, cursor = whole_days(found.rows) if found.next_cursor else (list(found.rows), None)
    rows = told_by_now(session, row, rows)
    persons = people.names_of(session, services.vault, [entry.actor for entry in rows])
    organisations = _organisations(session, rows)
    tenant = people.tenant_of(session, row.tenant_id)
    by_name = versions.in_force(session, tenant.id, tenant.profile_id, context.today).rights.employees_by_name
    sealer = LogSealer(session, services.vault, organisation_id=row.tenant_id, year=context.now.year)
    lines = []
    for entry in rows:
        who = _who(entry, persons.get(entry.actor or ""), context, by_name=by_name)
        line = _line(entry, opened(entry, sealer), who, organisations.get(entry.organisation or "", ""))
        if line.what:
            lines.append(line)
    return SeenPage(lines=lines if apart else merged(lines), next_cursor=cursor)


def told_by_now(session: Session, row: Dossier, rows: Sequence[Entry]) -> list[Entry]:
    """Of break-glass the family hears after the delay of the reglement, and so of what was read with it."""
    waiting = glass.not_told_yet(session, row.tenant_id, row.id)
    return [
        entry
        for entry in rows
        if not any(entry.actor == account and start <= entry.at <= end for account, start, end in waiting)
    ]


def whole_days(rows: Sequence[Entry]) -> tuple[list[Entry], str]:
    """The rows without their oldest day, which the next page begins with; a day that fills the page is cut."""
    oldest = rows[-1].at.astimezone(AMSTERDAM).date()
    kept = [row for row in rows if row.at.astimezone(AMSTERDAM).date() != oldest] or list(rows)
    return kept, cursor_of(kept[-1])


def opened(entry: Entry, sealer: LogSealer) -> dict[str, Any]:
    """The payload of an event; empty when it has none or its keys are gone."""
    try:
        return dict(open_payload(entry, sealer))
    except (AuditError, CryptoError, LookupError):
        return {}


def is_shown(entry: Entry) -> bool:
    """Whether a family's page shows this event at all."""
    return entry.action in ACTIONS and bool(_told(entry, {}))


def _told(entry: Entry, payload: dict[str, Any]) -> str:
    failed = entry.outcome is Outcome.FAILED
    return told_to_family(Action(entry.action.value), payload, about=entry.object_type or "", failed=failed)


def _line(entry: Entry, payload: dict[str, Any], who: str, of: str) -> SeenLine:
    refused = entry.outcome is not Outcome.SUCCESS
    return SeenLine(
        who=who,
        of=of,
        action=entry.action.value,
        outcome=entry.outcome.value,
        what=_told(entry, payload),
        reason=str(payload.get("reason") or "") if refused else "",
        purpose=entry.purpose or "",
        basis=entry.legal_basis or "",
        article=entry.article or "",
        looks=(Look(at=entry.at, event_id=entry.event_id),),
    )


def _who(entry: Entry, person: Person | None, context: Context, *, by_name: bool) -> str:
    """Who did it, as the reglement lets a family know: an employee by function, or by name; a parent as a parent."""
    if entry.actor is None or entry.role is None:
        return sentence("Dossierpoort (vanzelf)")
    if entry.actor == context.person.account_id and context.person.role in FAMILY:
        return sentence("U")
    role = Role(entry.role)
    label = sentence(role.label)
    if role in FAMILY or person is None:
        return label
    function = person.function or label
    return sentence("%(name)s (%(function)s)", name=person.name, function=function) if by_name else function


def _organisations(session: Session, rows: Sequence[Entry]) -> dict[str, str]:
    wanted = {row.organisation for row in rows if row.organisation}
    query = select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted), Organisation.kind != "family")
    return {row.id: row.name for row in session.execute(query)}


def _of_tenant(session: Session, context: Context, dossier_id: str) -> Dossier:
    row = session.get(Dossier, dossier_id)
    if row is None or row.tenant_id != context.person.tenant_id or row.state == "draft":
        raise NotFoundError
    return row


def _view(
    services: Services, session: Session, context: Context, row: Dossier, before: str | None, *, apart: bool
) -> PupilView:
    return PupilView(
        dossier_id=row.id,
        pupil_name=queries.pupil_of(session, services.vault, row).name,
        school_name=session.get_one(Organisation, row.school_on(context.today)).name,
        seen=page(services, session, context, row, before, apart=apart),
    )


def _record(services: Services, session: Session, context: Context, row: Dossier, action: Action) -> None:
    record(
        session,
        services.vault,
        context,
        action,
        dossier_id=row.id,
        object_type="overview",
        object_id=row.id,
        article="PR11.1",
    )
