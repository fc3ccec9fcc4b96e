"""What the privacy officer does with a request, step by step; each step is one transaction with its event and letter.

Source: PR11.2 to PR11.6, PR11.10, PR13; AVG 12(3) to 12(6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.dossiers.guardians import entitled_accounts
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError, InvalidInputError
from gateway.ids import new_id
from gateway.rights import asking, effects, queries, rules, storing, writing
from gateway.rights.tables import RightItem, RightPause, RightRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.rights.rules import Decision
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAnswer:
    """What is decided on one item of a correctie: granted or refused, and why where it is refused."""

    outcome: str
    reasons: str = ""


def treat(services: Services, context: Context, request_id: str, *, seen: int) -> None:
    """Take a request up: from now on it has someone who looks after it."""
    with services.db.writing() as session:
        row = _taken(session, context, request_id, "treat", seen)
        now = storing.standing(session, row)
        row.state, row.treated_by = rules.next_state(now, "treat"), context.person.account_id
        storing.note(services, session, context, row, "treat")
        storing.tell_requester(services, session, context, row)


def ask_proof(services: Services, context: Context, request_id: str, proof: str, *, seen: int) -> None:
    """Ask in writing for proof of who asks; from today the term stands still. Source: PR11.2, AVG 12(6)."""
    proof = rules.checked_text(proof, field="proof", needed=True, missing="Schrijf welk bewijs u vraagt, en waarom.")
    with services.db.writing() as session:
        row = _taken(session, context, request_id, "ask_proof", seen)
        after = rules.begin_pause(storing.standing(session, row), context.today)
        pause = RightPause(id=new_id(), request_id=row.id, from_on=context.today, why=b"")
        pause.why = services.vault.seal_json(session, row.dossier_id, f"right-pause:{pause.id}", {"why": proof})
        session.add(pause)
        storing.move(session, row, after)
        row.treated_by = row.treated_by or context.person.account_id
        row.reminded = ""
        storing.note(services, session, context, row, "ask_proof", note=proof)
        writing.proof_asked(services, session, context, row, proof)


def proof_in(services: Services, context: Context, request_id: str, on: date, how: str, *, seen: int) -> None:
    """The proof arrived on this day: how it was established; the term runs again. Source: PR11.2."""
    how = rules.checked_text(how, field="how", needed=True, missing="Schrijf wat u zag, en wie dat controleerde.")
    with services.db.writing() as session:
        row = _taken(session, context, request_id, "proof_in", seen)
        after = rules.end_pause(storing.standing(session, row), on, context.today)
        storing.open_pause(session, row.id).until_on = on
        session.flush()
        storing.move(session, row, after)
        storing.note(services, session, context, row, "proof_in", note=how, payload={"on": on.isoformat()})
        storing.tell_requester(services, session, context, row)


def extend(services: Services, context: Context, request_id: str, weeks: int, why: str, *, seen: int) -> None:
    """Make the term longer, once, with reasons that go to who asked within the first term. Source: AVG 12(3)."""
    why = rules.checked_text(why, field="why", needed=True, missing="Schrijf waarom u meer tijd nodig hebt.")
    with services.db.writing() as session:
        row = _taken(session, context, request_id, "extend", seen)
        rights = queries.rights_of(session, row.tenant_id, row.received_on)
        after = rules.extend(storing.standing(session, row), weeks, context.today, rights)
        storing.move(session, row, after)
        row.extended_on, row.reminded = context.today, ""
        row.extension = queries.seal(session, services.vault, row, "extension", {"why": why})
        storing.note(services, session, context, row, "extend", note=why, payload={"weeks": weeks})
        writing.extension(services, session, context, row, why)


def decide(
    services: Services,
    context: Context,
    request_id: str,
    decision: Decision,
    *,
    seen: int,
    answers: Mapping[str, ItemAnswer] | None = None,
) -> None:
    """Decide, with reasons and article; the letter is made in the same transaction (PR11.5, PR11.10).

    `answers`: by the id of each item of a correctie; granted and refused together make it partly.

    Raises:
        ConflictError: what must be done before is not, or this person asked it themselves.
        InvalidInputError: without reasons, or the items and the whole do not agree.
    """
    with services.db.writing() as session:
        row = _taken(session, context, request_id, "decide", seen)
        before = storing.standing(session, row)
        after, made = rules.decide(before, decision, entitled=speaks(services, session, context, row))
        _answer_items(services, session, row, made, answers or {})
        row.outcome = made.outcome
        if (ready := effects.of(row.kind).ready) is not None:
            ready(services, session, row)
        if row.state == rules.PROOF_ASKED:
            storing.open_pause(session, row.id).until_on = context.today
            session.flush()
            row.due = queries.deadline_of(session, row).last_day
        storing.move(session, row, after)
        row.decided_on, row.decided_by = context.today, context.person.account_id
        told = {"reasons": made.reasons, "article": made.article, "excessive": made.excessive}
        row.decision = queries.seal(session, services.vault, row, "decision", told)
        payload = {"outcome": made.outcome, "rests_on": made.article, "excessive": made.excessive}
        storing.note(services, session, context, row, "decide", payload=payload)
        if (decided := effects.of(row.kind).decided) is not None:
            decided(services, session, context, row, made)
        writing.decision(services, session, context, row, made)


def carry_out(services: Services, context: Context, request_id: str, how: str, *, seen: int) -> None:
    """What was granted is done: say how, for who asked. Source: PR11.6."""
    how = rules.checked_text(how, field="how", needed=True, missing="Schrijf wat er is gedaan.")
    with services.db.writing() as session:
        row = _taken(session, context, request_id, "carry_out", seen)
        state = rules.next_state(storing.standing(session, row), "carry_out")
        if (ready := effects.of(row.kind).ready) is not None:
            ready(services, session, row)
        row.state, row.carried_out_on = state, context.today
        storing.note(services, session, context, row, "carry_out", note=how)
        storing.tell_requester(services, session, context, row)


def close(services: Services, context: Context, request_id: str, *, seen: int) -> None:
    """Nothing is left to do; not without the letter that answers, gone out. Its hold ends.

    Raises:
        ConflictError: the letter is not there or was not sent.
    """
    with services.db.writing() as session:
        row = _taken(session, context, request_id, "close", seen)
        state = rules.next_state(storing.standing(session, row), "close")
        if (ready := effects.of(row.kind).ready) is not None:
            ready(services, session, row)
        writing.answered(services, session, row)
        row.state, row.closed_on = state, context.today
        storing.note(services, session, context, row, "close")
        storing.finish(services, session, context, row)
        storing.tell_requester(services, session, context, row)


def withdraw(services: Services, context: Context, request_id: str, why: str, *, seen: int) -> None:
    """Who asked on paper wrote that they take it back: say how that came in."""
    why = rules.checked_text(why, field="why", needed=True, missing="Schrijf hoe en wanneer het is ingetrokken.")
    with services.db.writing() as session:
        row = _taken(session, context, request_id, "withdraw", seen)
        asking.take_back(services, session, context, row, why)


def speaks(services: Services, session: Session, context: Context, row: RightRequest) -> bool:
    """Whether who asked speaks for the pupil today: it may have changed since they asked (PRage)."""
    if row.capacity == rules.OTHER:
        return False
    dossier = session.get_one(Dossier, row.dossier_id)
    if row.asked_by is not None:
        return row.asked_by in entitled_accounts(services, session, dossier, context.today)
    who = str(queries.opened(session, services.vault, row, "details").get("who") or "")
    return any(each.name == who for each in asking.askers(services, session, dossier, context.today))


def _taken(session: Session, context: Context, request_id: str, step: str, seen: int) -> RightRequest:
    """The request, held, as this officer saw it; and whether this step is theirs."""
    row = queries.by_id(session, context, request_id, lock=True)
    rules.check_actor(storing.standing(session, row), step, context.person.role, context.person.account_id)
    if row.asked_by == context.person.account_id:  # whatever the rules say of a step: never one's own request
        raise ConflictError(rules.NOT_YOUR_OWN)
    if row.version != seen:
        raise ConflictError("Er is intussen iets gebeurd met dit verzoek. Kijk eerst opnieuw.")
    return row


def _answer_items(
    services: Services, session: Session, row: RightRequest, made: Decision, answers: Mapping[str, ItemAnswer]
) -> None:
    items = queries.items_of(session, services.vault, row)
    if not items:
        return
    if set(answers) != {line.row.id for line in items}:
        raise InvalidInputError("Beslis over elk onderdeel.", field="outcome")
    outcomes = {answer.outcome for answer in answers.values()}
    whole = next(iter(outcomes)) if len(outcomes) == 1 else rules.PARTLY
    if not outcomes <= set(rules.OUTCOMES) or whole != made.outcome:
        raise InvalidInputError("Wat u over de onderdelen beslist, past niet bij de beslissing.", field="outcome")
    for line in items:
        _answer(services, session, row, line.row, answers[line.row.id])


def _answer(services: Services, session: Session, row: RightRequest, item: RightItem, answer: ItemAnswer) -> None:
    reasons = answer.reasons.strip()
    if len(reasons) > rules.TEXT_MAX:
        raise InvalidInputError("Schrijf ten hoogste 4000 tekens.", field="reasons")
    item.outcome = answer.outcome
    item.answer = services.vault.seal_json(session, row.dossier_id, f"right-item:{item.id}", {"reasons": reasons})
