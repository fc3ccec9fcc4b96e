"""What people see of cases: the work list with its terms, and one case as its page shows it to each seat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.access.tables import Confidentiality
from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.context import Role
from gateway.dossiers import pages
from gateway.dossiers.queries import documents_of, pupil_of, swv_dossier
from gateway.dossiers.seen import family_dossiers
from gateway.dossiers.tables import Dossier
from gateway.recording import Action
from gateway.references import reference_of
from gateway.second_opinion import advising, experts, mirror, reach, storing
from gateway.second_opinion.rules import ACTS, due_of, waits_for
from gateway.second_opinion.seats import is_mine, possible
from gateway.second_opinion.state import OVER, PARTNER, REQUESTER, State
from gateway.second_opinion.tables import SecondOpinionCase
from gateway.second_opinion_words import FAMILY_STEPS, STEPS
from gateway.sentences import Sentence, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.accounts.rules import Person
    from gateway.context import Context
    from gateway.second_opinion.advising import Draft
    from gateway.second_opinion.reach import Seat
    from gateway.second_opinion.storing import Kept
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case in a list. `mine`: the reader, or their side, must act now. `title` names nobody but to the own SWV."""

    id: str
    reference: str
    title: str
    other: str
    phase: str
    mine: bool
    over: bool
    due: date | None
    days_left: int | None
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One line of the timeline, as the macro takes it."""

    at: datetime
    who: str
    function: str
    what: str
    why: str
    article: str
    receipt_url: str
    icon: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertLine:
    """An expert in a case."""

    id: str
    name: str
    profession: str
    registration: str
    admitted: bool
    declared: bool
    signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of an expert, and its answer."""

    number: int
    who: str
    text: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One case for one reader. `can`: the steps that this reader can do now."""

    row: SecondOpinionCase
    seat: Seat
    state: State
    reference: str
    title: str
    swv_name: str
    partner_name: str
    request: Mapping[str, Any]
    check: Mapping[str, Any] | None
    said: Sequence[Kept]
    names: Mapping[str, Person]
    experts: Sequence[ExpertLine]
    questions: Sequence[Question]
    more: str
    delivered: Sequence[Mapping[str, Any]]
    draft: Draft | None
    reasons: Mapping[str, str]
    timeline: Sequence[Happened]
    can: frozenset[str]
    travelling: Sequence[Sentence]
    waits: str
    today: date
    is_expert: ExpertLine | None
    may_read: bool
    accepted: bool

    @property
    def days_left(self) -> int:
        """Calendar days until the term of this moment; 0 without one."""
        return (self.due - self.today).days if self.due else 0

    @property
    def due(self) -> date | None:
        """The day that counts now: of the delivery while it is awaited, else of the advice."""
        return due_of(self.state)

    @property
    def waits_for_me(self) -> bool:
        """Whether the reader, or their side, must act now."""
        return is_mine(self.waits, self.seat)

    @property
    def next(self) -> Sentence:
        """What must happen now, in words."""
        return next_of(self.state)


def next_of(state: State) -> Sentence:
    """What must happen now, whoever does it."""
    said = {
        "draft": sentence("Het verzoek afmaken en controleren"),
        "check": sentence("Het verzoek controleren en versturen"),
        "consultation": sentence("Overleggen en het verzoek verbeteren"),
        "sent": sentence("Het verzoek aannemen of niet"),
        "accepted": sentence("Afspraken voorstellen en een deskundige aanwijzen"),
        "agreements": sentence("Instemmen met de afspraken"),
        "delivery": sentence("De ontvangst bevestigen") if state.supplied else sentence("De stukken leveren"),
        "in_review": sentence("Het advies schrijven en ondertekenen"),
        "signed": sentence("Het advies leveren"),
        "delivered": sentence("Ontvangst bevestigen, de ouders inlichten en afronden"),
    }.get(state.phase, sentence("Niets meer: de zaak is afgelopen"))
    if state.phase == "in_review" and state.open_questions:
        return sentence("Een vraag van de deskundige beantwoorden")
    if state.phase == "in_review" and state.more_asked:
        return sentence("Beslissen over meer tijd")
    return said


def listed(services: Services, context: Context) -> list[CaseLine]:
    """The cases of this person: whose turn it is first, then by term. A list with pupils' names stands in the log."""
    with services.db.reading() as session:
        rows = list(session.scalars(reach.within(services, session, context)))
        lines = [_line(services, session, context, row) for row in rows]
        named = [
            row.dossier_id
            for row in rows
            if row.dossier_id and reach.seat(services, session, context, row).kind != "guest"
        ]
    if named and context.person.role not in {Role.EXPERT, Role.PRIVACY_OFFICER}:
        pages.note_list(services, context, "second_opinions", named)
    return sorted(
        lines, key=lambda line: (line.over, not line.mine, line.due is None, line.due or context.today, line.id)
    )


def _line(services: Services, session: Session, context: Context, row: SecondOpinionCase) -> CaseLine:
    seat = reach.seat(services, session, context, row)
    state = storing.state_of(storing.acts_of(services, session, row))
    due = due_of(state)
    return CaseLine(
        id=row.id,
        reference=reference_of(row.id),
        title=_title(services, session, row, seat),
        other=session.get_one(Organisation, row.partner_id).name
        if seat.side == row.own_side or seat.side != PARTNER
        else session.get_one(Tenant, row.tenant_id).name,
        phase=state.phase,
        mine=is_mine(waits_for(state), seat),
        over=state.phase in OVER,
        due=due,
        days_left=(due - context.today).days if due else None,
        changed_at=row.changed_at,
    )


def _title(services: Services, session: Session, row: SecondOpinionCase, seat: Seat) -> str:
    """The pupil for who works on the dossier or is its family; for others a reference that names nobody."""
    if seat.kind in {"own", "family"} and row.dossier_id is not None:
        return pupil_of(session, services.vault, session.get_one(Dossier, row.dossier_id)).name
    return sentence("Zaak %(reference)s", reference=reference_of(row.id))


def show(services: Services, context: Context, case_id: str) -> CaseView:
    """One case for this reader, written in the log before it is shown (PR9.3).

    Raises:
        NotFoundError: not within the actor's reach.
    """
    with services.db.writing() as session:
        row, seat = reach.case_(services, session, context, case_id)
        storing.note(services, session, context, row, "looked", Action.CONSULT, article="CV8.4")
        return view_of(services, session, context, row, seat)


def view_of(services: Services, session: Session, context: Context, row: SecondOpinionCase, seat: Seat) -> CaseView:
    """Everything on the page of a case, for this seat."""
    kept = storing.acts_of(services, session, row)
    state = storing.state_of(kept)
    names = people.names_of(session, services.vault, [each.by for each in kept])
    counted = [each for each in kept if not each.overtaken] if seat.content else []
    written, checked = storing.last(counted, "write"), storing.last(counted, "check")
    lines = _experts(counted, state, names, session, services)
    account_id = context.person.account_id
    ours = session.get_one(Tenant, row.tenant_id).name
    theirs = session.get_one(Organisation, row.partner_id).name
    return CaseView(
        row=row,
        seat=seat,
        state=state,
        reference=reference_of(row.id),
        title=_title(services, session, row, seat),
        swv_name=ours if row.own_side == REQUESTER else theirs,
        partner_name=theirs if row.own_side == REQUESTER else ours,
        request=written.data if written else {},
        check=checked.data if checked else None,
        said=[each for each in counted if each.kind == "say"] if seat.kind in {"own", "guest"} else (),
        names=names,
        experts=lines,
        questions=_questions(counted, names),
        more=str(asked.data.get("reason", "")) if (asked := storing.last(counted, "ask_more")) else "",
        delivered=_delivered(services, session, context, row, seat, counted),
        draft=advising.draft_of(services, session, row) if seat.kind == "expert" else None,
        reasons={each.kind: _why(each, seat) for each in counted if each.data.get("reason")},
        timeline=_timeline(session, seat, kept, names),
        can=possible(state, seat) & (mirror.TRAVELS if row.own_side == PARTNER else ACTS),
        travelling=mirror.travelling(services, session, row) if seat.content else (),
        waits=waits_for(state),
        today=context.today,
        is_expert=next((each for each in lines if each.id == account_id), None),
        may_read=advising.may_read(state, seat),
        accepted=session.get(Confidentiality, account_id) is not None,
    )


def _experts(
    kept: Sequence[Kept], state: State, names: Mapping[str, Person], session: Session, services: Services
) -> list[ExpertLine]:
    assigned = {str(each.data["expert"]): each.data for each in kept if each.kind == "assign"}
    persons = people.names_of(session, services.vault, [each.id for each in state.experts])
    return [
        ExpertLine(
            id=each.id,
            name=str(assigned.get(each.id, {}).get("name") or "")
            or persons.get(each.id, names.get(each.id, people.NAMELESS)).name,
            profession=str(assigned.get(each.id, {}).get("profession", "")),
            registration=str(assigned.get(each.id, {}).get("registration", "")),
            admitted=each.admitted,
            declared=each.declared,
            signed=bool(each.signed),
        )
        for each in state.experts
    ]


def _questions(kept: Sequence[Kept], names: Mapping[str, Person]) -> list[Question]:
    answers = {each.data.get("question"): str(each.data.get("text", "")) for each in kept if each.kind == "answer"}
    asked = [each for each in kept if each.kind == "ask"]
    return [
        Question(
            number=number,
            who=names[each.by].name if each.by and each.by in names else "",
            text=str(each.data.get("text", "")),
            answer=answers.get(number, ""),
        )
        for number, each in enumerate(asked, start=1)
    ]


def _delivered(
    services: Services, session: Session, context: Context, row: SecondOpinionCase, seat: Seat, kept: Sequence[Kept]
) -> list[Mapping[str, Any]]:
    """What was delivered, by part: to the own SWV with the names of the files, to others by number only."""
    named: dict[str, str] = {}
    if seat.kind == "own" and row.dossier_id is not None:
        lines, _ = documents_of(services, session, context, swv_dossier(session, context, row.dossier_id))
        named = {line.document.id: line.file_name for line in lines}
    came = mirror.came_with(services, session, row)
    found: list[Mapping[str, Any]] = []
    for each in kept:
        if each.kind not in {"deliver", "supplement"}:
            continue
        documents = list(each.data.get("documents") or {})
        number = {document: place for place, document in enumerate(documents, start=1)}
        found.append(
            {
                "at": each.at,
                "form": each.data.get("form", ""),
                "verstrekkingen": list(each.data.get("verstrekkingen") or ()) if row.own_side == REQUESTER else [],
                "came": came.get(each.number, ()),
                "parts": [
                    (
                        part,
                        [
                            named.get(document) or sentence("stuk %(number)d", number=number.get(document, 0))
                            for document in said.get("documents") or ()
                        ],
                        str(said.get("reason", "")),
                    )
                    for part, said in sorted((each.data.get("parts") or {}).items())
                ],
                "statements": [
                    (named.get(document) or sentence("stuk %(number)d", number=number[document]), said["statement"])
                    for document, said in (each.data.get("documents") or {}).items()
                ],
                "why": next(
                    (said.get("why_identifiable", "") for said in (each.data.get("documents") or {}).values()), ""
                ),
            }
        )
    return found


_ICONS = {"send": "send", "accept": "check", "decline": "close", "withdraw": "close", "deliver": "document",
          "sign": "pencil", "hand_over": "document", "close": "archive", "say": "bell", "ask": "help"}  # fmt: skip


def _timeline(session: Session, seat: Seat, kept: Sequence[Kept], names: Mapping[str, Person]) -> list[Happened]:
    """What happened, newest first; each seat its own words, and what is among the contact persons stays there."""
    lines = []
    for each in reversed(kept):
        what = FAMILY_STEPS.get(each.kind, "") if seat.kind == "family" else STEPS[each.kind]
        if not what or (seat.kind == "guest" and each.kind in {"write", "offer"} and each.number > 1):
            continue
        if seat.kind == "expert" and each.kind in {"say", "write", "offer", "check"}:
            continue
        account = session.get(Account, each.by) if each.by else None
        organisation = session.get_one(Organisation, account.organisation_id).name if account is not None else ""
        shown = names[each.by].name if each.by and each.by in names and seat.kind != "family" else organisation
        lines.append(
            Happened(
                at=each.at,
                who=shown or sentence("de andere partij"),
                function=organisation if shown != organisation else "",
                what=sentence("%(what)s (kwam te laat en telt niet)", what=sentence(what))
                if each.overtaken
                else sentence(what),
                why=_why(each, seat),
                article=storing.ARTICLES[each.kind],
                receipt_url="" if seat.kind == "expert" else f"/bewijs/{each.event_id}",
                icon=_ICONS.get(each.kind, "dot"),
                tone="",
            )
        )
    return lines


def _why(kept: Kept, seat: Seat) -> str:
    """The reason that was given; why parents get no advice is not the other side's to read."""
    if not seat.content or (kept.kind == "withhold" and seat.side != REQUESTER):
        return ""
    return str(kept.data.get("reason", ""))


def candidates(services: Services, context: Context, case_id: str) -> list[tuple[str, str]] | None:
    """The experts whom the partner's contact person can assign; None in their own portal: there they name one."""
    with services.db.reading() as session:
        row, _ = reach.contact(services, session, context, case_id, PARTNER)
        if row.own_side == PARTNER:
            return None
        found = experts.candidates(session, row)
        persons = people.names_of(session, services.vault, [each.id for each in found])
        return [(each.id, persons[each.id].name) for each in found if each.id in persons]


def partners(services: Services, context: Context) -> list[tuple[str, str]]:
    """The partner SWVs that a request can go to."""
    query = select(Organisation).where(
        Organisation.tenant_id == context.person.tenant_id,
        Organisation.kind == "partner_swv",
        Organisation.active,
    )
    with services.db.reading() as session:
        return [(row.id, row.name) for row in session.scalars(query.order_by(Organisation.name))]


def running(services: Services, context: Context, dossier_id: str) -> list[CaseLine]:
    """The cases on one dossier that the actor may see."""
    with services.db.reading() as session:
        query = reach.within(services, session, context).where(SecondOpinionCase.dossier_id == dossier_id)
        return [_line(services, session, context, row) for row in session.scalars(query)]


def children(services: Services, context: Context) -> list[tuple[str, str]]:
    """The dossiers of a parent's children, or of the pupil: id and name."""
    with services.db.reading() as session:
        return [(row.id, pupil.name) for row, pupil in family_dossiers(services, session, context)]
