"""Requests as their pages show them: to who asked, to the privacy officer, and to staff of the dossier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.dossiers import seen
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import Dossier
from gateway.letters import queries as letters
from gateway.recording import Action, record
from gateway.rights import asking, queries, reach, rules, storing, treating
from gateway.rights_words import KINDS, NEXT, STEPS
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.letters.queries import LetterLine
    from gateway.rights.asking import Asker
    from gateway.rights.queries import RequestLine
    from gateway.rights.tables import RightRequest
    from gateway.services import Services
    from retention.terms import Length


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One line of the timeline of a request."""

    at: datetime
    who: str
    what: str
    note: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """A request on the page of who asked; `letters` are those that went to them."""

    line: RequestLine
    dossier_id: str
    pupil_name: str
    days_left: int | None
    happened: Sequence[Happened]
    letters: Sequence[LetterLine]
    points: Mapping[str, tuple[str, date]]
    steps: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One child, or the pupil themselves, on the page of rights: what they asked before, newest first."""

    dossier_id: str
    pupil_name: str
    requests: Sequence[tuple[RequestLine, int | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToAsk:
    """The page that asks for one right: how long an answer takes, what can be pointed at, and what runs already."""

    dossier_id: str
    pupil_name: str
    length: Length
    free: bool
    points: Sequence[tuple[str, str, date]]
    running: RightRequest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another request about the same pupil, for the officer: the same again, or the other parent's."""

    row: RightRequest
    who: str
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ForOfficer:
    """A request on the officer's page. `speaks`: whether who asked speaks for the pupil today."""

    line: RequestLine
    dossier_id: str
    pupil_name: str
    school_name: str
    who: str
    speaks: bool
    days_left: int | None
    next_act: str
    steps: Sequence[str]
    happened: Sequence[Happened]
    letters: Sequence[LetterLine]
    others: Sequence[Other]
    names: Mapping[str, str]
    points: Mapping[str, tuple[str, date]]
    scan: str
    most_weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLine:
    """A request as staff of the dossier see it: that it runs and until when, not what was said."""

    row: RightRequest
    days_left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDossier:
    """The tab of rights of a dossier: what runs, and what entering one from paper needs."""

    dossier_id: str
    pupil_name: str
    lines: Sequence[StaffLine]
    askers: Sequence[Asker]
    scans: Sequence[tuple[str, str]]
    points: Sequence[tuple[str, str, date]]
    own_pages: bool


def children(services: Services, context: Context) -> list[Child]:
    """The pupils for whom this person speaks today, with what they asked; a look that stands in the log."""
    found = []
    with services.db.writing() as session:
        for dossier, pupil in seen.family_dossiers(services, session, context):
            rows = [row for row in queries.of_dossier(session, dossier.id) if row.asked_by == context.person.account_id]
            for row in rows:
                storing.write_event(services, session, context, row, "look")
            lines = [queries.line(session, services.vault, row) for row in rows]
            found.append(
                Child(
                    dossier_id=dossier.id,
                    pupil_name=pupil.name,
                    requests=[(line, _left(line, context)) for line in lines],
                )
            )
    return found


def child(services: Services, context: Context, dossier_id: str, kind: str) -> ToAsk:
    """What the page that asks needs: the pupil, the reglement's words on it, what can be pointed at, what runs."""
    with services.db.reading() as session:
        dossier, pupil = asking.family(services, session, context, dossier_id)
        rights = queries.rights_of(session, dossier.tenant_id, context.today)
        return ToAsk(
            dossier_id=dossier.id,
            pupil_name=pupil.name,
            length=rules.length_of(kind, rights),
            free=rights.free_of_charge,
            points=asking.points(session, dossier.id, context.person.role),
            running=asking.running_same(session, dossier.id, kind, context.person.account_id),
        )


def mine(services: Services, context: Context, request_id: str) -> Mine:
    """One's own request; a look that stands in the log."""
    with services.db.writing() as session:
        row = asking.mine(services, session, context, request_id)
        storing.write_event(services, session, context, row, "look")
        line = queries.line(session, services.vault, row)
        dossier = session.get_one(Dossier, row.dossier_id)
        me = context.person.account_id
        return Mine(
            line=line,
            dossier_id=row.dossier_id,
            pupil_name=pupil_of(session, services.vault, dossier).name,
            days_left=_left(line, context),
            happened=_happened(services, session, context, row),
            letters=letters.of_account(session, services.vault, me, [row.dossier_id], about=row.id),
            points=_points(session, row.dossier_id),
            steps=rules.steps_for(line.standing, context.person.role, me),
        )


def for_officer(services: Services, context: Context, request_id: str) -> ForOfficer:
    """One request of the officer's SWV; a look that stands in the log."""
    with services.db.writing() as session:
        row = queries.by_id(session, context, request_id)
        storing.write_event(services, session, context, row, "look")
        line = queries.line(session, services.vault, row)
        dossier = session.get_one(Dossier, row.dossier_id)
        others = _others(services, session, row)
        accounts = [row.asked_by, row.treated_by, row.decided_by, row.made_by]
        persons = people.names_of(session, services.vault, [each for each in accounts if each])
        scans = dict(reach.scans(services, session, dossier)) if row.scan_id else {}
        return ForOfficer(
            line=line,
            dossier_id=row.dossier_id,
            pupil_name=pupil_of(session, services.vault, dossier).name,
            school_name=session.get_one(Organisation, dossier.school_on(context.today)).name,
            who=_who(services, session, row),
            speaks=treating.speaks(services, session, context, row),
            days_left=_left(line, context),
            next_act=next_act(row),
            steps=rules.steps_for(line.standing, context.person.role, context.person.account_id),
            happened=_happened(services, session, context, row),
            letters=letters.of(session, services.vault, row.id),
            others=others,
            names={account_id: person.name for account_id, person in persons.items()},
            points=_points(session, row.dossier_id),
            scan=scans.get(row.scan_id or "", ""),
            most_weeks=rules.most_weeks(row.kind),
        )


def of_dossier(services: Services, context: Context, dossier_id: str) -> OfDossier:
    """What staff see of the requests about a dossier: complaints are between who complains and the officer."""
    with services.db.writing() as session:
        dossier = reach.dossier(session, context, dossier_id)
        record(
            session,
            services.vault,
            context,
            Action.CONSULT,
            tenant_id=dossier.tenant_id,
            dossier_id=dossier.id,
            object_type="rights",
            object_id=dossier.id,
            article="PR11.1",
        )
        officer = context.person.role is Role.PRIVACY_OFFICER
        rows = [
            row
            for row in queries.of_dossier(session, dossier.id)
            if officer or row.kind != "klacht" or row.made_by == context.person.account_id
        ]
        return OfDossier(
            dossier_id=dossier.id,
            pupil_name=pupil_of(session, services.vault, dossier).name,
            lines=[
                StaffLine(row=row, days_left=_days(row, context) if row.state in rules.UNDECIDED else None)
                for row in rows
            ],
            askers=asking.askers(services, session, dossier, context.today),
            scans=reach.scans(services, session, dossier),
            points=asking.points(session, dossier.id),
            own_pages=officer,
        )


def next_act(row: RightRequest) -> str:
    """The next act of the officer, in words."""
    code = rules.REFUSED if row.state == rules.DECIDED and row.outcome == rules.REFUSED else row.state
    return sentence(NEXT[code])


def _left(line: RequestLine, context: Context) -> int | None:
    return rules.days_left(line.deadline.last_day, context.today) if line.undecided else None


def _days(row: RightRequest, context: Context) -> int | None:
    return rules.days_left(row.due, context.today)


def _points(session: Session, dossier_id: str) -> dict[str, tuple[str, date]]:
    return {document_id: (kind, day) for document_id, kind, day in asking.points(session, dossier_id)}


def _happened(services: Services, session: Session, context: Context, row: RightRequest) -> list[Happened]:
    """Oldest first; to who asked an employee is a function, not a name."""
    steps = queries.steps_of(session, services.vault, row)
    accounts = {each.by for each in steps if each.by}
    persons = people.names_of(session, services.vault, sorted(accounts))
    roles = {account_id: Role(session.get_one(Account, account_id).role) for account_id in sorted(accounts)}
    own = context.person.role in seen.FAMILY
    made = []
    for step in steps:
        who: str
        if step.by is None:
            who = sentence("Dossierpoort (vanzelf)")
        elif step.by == context.person.account_id:
            who = sentence("U")
        elif own or step.by not in persons:
            who = sentence(roles[step.by].label)
        else:
            who = persons[step.by].name
        if step.kind == "remind" and own:
            continue
        made.append(
            Happened(
                at=step.at,
                who=who,
                what=sentence(STEPS[step.kind]),
                note="" if own and step.kind == "item" else step.note,
                event_id=step.event_id,
            )
        )
    return made


def _who(services: Services, session: Session, row: RightRequest) -> str:
    """Who asked, by name."""
    if row.asked_by is not None:
        return people.person_or_nameless(session, services.vault, session.get_one(Account, row.asked_by)).name
    return str(queries.opened(session, services.vault, row, "details").get("who") or "")


def _others(services: Services, session: Session, row: RightRequest) -> list[Other]:
    """What else runs about this pupil: the same again by the same person, and what the other parent asked."""
    group = row.same_as or row.id
    return [
        Other(row=each, who=_who(services, session, each), same=group in {each.id, each.same_as})
        for each in queries.of_dossier(session, row.dossier_id)
        if each.id != row.id and (each.state in rules.RUNNING or group in {each.id, each.same_as})
    ]


def title(row: RightRequest, pupil_name: str) -> str:
    """What a request is called in lists and headings: "Inzage: Noa de Voorbeeld"."""
    return sentence("%(kind)s: %(name)s", kind=sentence(KINDS[row.kind]), name=pupil_name)
