"""The delivery: four parts as a checklist, a statement for each document, a judgement on anonymising, one door out.

In this portal the partner's experts fetch what was delivered to them; nothing leaves but through `disclosure`.
Source: CV4.1-CV4.8, PR9.3.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.disclosure import usecases as disclosure
from gateway.disclosure.judging import Request
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers.queries import documents_of, swv_dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.peers import usecases as peers
from gateway.second_opinion import doing, reach, storing
from gateway.second_opinion.doing import step
from gateway.second_opinion.rules import advance
from gateway.second_opinion.state import PARTNER, PARTS, REQUESTER, Act, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.second_opinion.state import State
    from gateway.second_opinion.tables import SecondOpinionCase
    from gateway.services import Services

ANONYMISED, EXPERT = "anonymised", "expert"
PART_OF_KIND: dict[str, str] = {
    "opp": "a",
    "educational_report": "a",
    "test_results": "a",
    "research_report": "a",
    "expert_opinion": "b",
    "support_plan": "b",
    "conversation": "b",
    "view_school": "c",
    "view_parents": "d",
}
"""To which part a kind of document usually belongs: a first proposal, which people change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the contact person chose. `parts`: documents by part; `missing`: why a part is not there.

    `form` is `anonymised`, or `expert` with the reasons of CV4.6: with names, for the case's experts in this portal.
    """

    parts: Mapping[str, Sequence[str]]
    missing: Mapping[str, str]
    statements: Mapping[str, str]
    form: str
    why_identifiable: str = ""
    evidence: str = ""
    once: Sequence[str] = field(default_factory=tuple)

    @property
    def documents(self) -> list[str]:
        """The chosen documents, each once, in the order of the parts."""
        return list(dict.fromkeys(each for part in PARTS for each in self.parts.get(part, ())))

    def data(self) -> dict[str, Any]:
        """As it is kept in the act."""
        return {
            "form": self.form,
            "parts": {
                part: {"documents": list(self.parts.get(part, ())), "reason": self.missing.get(part, "").strip()}
                for part in PARTS
            },
            "documents": {
                each: {
                    "statement": self.statements.get(each, "").strip(),
                    "form": self.form,
                    "why_identifiable": self.why_identifiable.strip(),
                }
                for each in self.documents
            },
        }


def deliver(services: Services, context: Context, case_id: str, wanted: Wanted) -> None:
    """Deliver: judged, disclosed through the one door, and then noted as a step of the case.

    The ids in `once` make it safe to press twice: what was disclosed for this form is found again and not doubled.

    Raises:
        InvalidInputError: something was not chosen or said.
        RefusedError: the reglement or the convenant says no; the refusal is in the log, and nothing left.
        StepRefusedError: a part is missing without a reason, or it is not the time to deliver.
    """
    kind = _kind(services, context, case_id, wanted)
    with services.db.reading() as session:
        row, _ = reach.contact(services, session, context, case_id, REQUESTER)
        requests = _requests(services, session, context, row, wanted)
        doing.check_nameless(services, session, row, wanted.data())  # before anything leaves
    for request in requests:
        disclosure.prepare(services, context, request)  # all of it may leave, or nothing does
    made = [disclosure.disclose(services, context, request) for request in requests]
    with services.db.writing() as session:
        row, _ = reach.contact(services, session, context, case_id, REQUESTER)
        step(services, session, context, row, kind, REQUESTER, {**wanted.data(), "verstrekkingen": made})


def receive(services: Services, context: Context, case_id: str) -> None:
    """The partner's contact person confirms that the dossier came in: the term starts (SO3).

    Raises:
        ConflictError: a second person must approve the delivery first.
    """
    with services.db.writing() as session:
        row, _ = reach.contact(services, session, context, case_id, PARTNER)
        sent = storing.last(storing.acts_of(services, session, row), "deliver")
        for verstrekking_id in (sent.data.get("verstrekkingen") or ()) if sent and row.own_side == REQUESTER else ():
            if session.get_one(Verstrekking, verstrekking_id).state != "open":
                raise ConflictError("De levering wacht nog op goedkeuring door een tweede persoon.")
        step(services, session, context, row, "receive", PARTNER)


def _kind(services: Services, context: Context, case_id: str, wanted: Wanted) -> str:
    """Which step this is, after asking the machine: nothing may leave for a step that cannot be."""
    if wanted.form not in {ANONYMISED, EXPERT}:
        raise InvalidInputError("Kies in welke vorm u levert.", field="form")
    with services.db.reading() as session:
        row, _ = reach.contact(services, session, context, case_id, REQUESTER)
        state = storing.state_of(storing.acts_of(services, session, row))
    kind = "supplement" if state.phase == "in_review" else "deliver"
    after = advance(state, Act(kind=kind, side=REQUESTER, on=context.today, data=wanted.data()))
    if isinstance(after, Refused):
        raise storing.StepRefusedError(after, case_id, kind)
    if wanted.form == EXPERT and not _readers(state):
        raise ConflictError(
            "Stukken met namen zijn alleen voor een deskundige die u hebt toegelaten en die geheimhouding beloofde."
        )
    return kind


def _readers(state: State) -> list[str]:
    return [each.id for each in state.experts if each.admitted and each.declared]


def _requests(
    services: Services, session: Session, context: Context, row: SecondOpinionCase, wanted: Wanted
) -> list[Request]:
    """The verstrekkingen of this delivery: one to the partner, or one for each named expert."""
    if row.dossier_id is None:
        raise NotFoundError
    dossier = swv_dossier(session, context, row.dossier_id)
    lines, _ = documents_of(services, session, context, dossier)
    order = {line.document.id: number for number, line in enumerate(lines, start=1)}
    said = [f"Stuk {order.get(each, 0)}: {wanted.statements.get(each, '').strip()}" for each in wanted.documents]
    # Named experts fetch it themselves. Over a line, or while there is none, it goes anonymised to the partner too.
    readers: list[str | None] = [*_readers(storing.state_of(storing.acts_of(services, session, row)))] or [None]
    if wanted.form == ANONYMISED and None not in readers and peers.has_link(session, row.partner_id):
        readers.append(None)  # over the line to the partner's own portal as well
    return [
        Request(
            dossier_id=dossier.id,
            document_ids=tuple(wanted.documents),
            recipient_id=row.partner_id,
            purpose="second_opinion",
            basis="public_task",
            law=None,
            consent_id=None,
            statement="\n".join(said),
            recipient_person="contactpersoon en deskundigen van de zaak",
            evidence=wanted.evidence.strip() or "Verzoek om een second opinion onder het convenant (CV3).",
            identifiable=wanted.form == EXPERT,
            why_identifiable=wanted.why_identifiable,
            expert_id=expert_id,
            convenant_id=row.convenant_id,
            requested_on=row.requested_on,
            once=_once(wanted, place, expert_id),
        )
        for place, expert_id in enumerate(readers)
    ]


def _once(wanted: Wanted, place: int, expert_id: str | None) -> str:
    """The id by which this verstrekking of the form is found again when it is pressed twice."""
    if expert_id is None and wanted.once:
        return hashlib.sha256(f"line:{wanted.once[0]}".encode()).hexdigest()[:32] if place else wanted.once[0]
    return wanted.once[place] if place < len(wanted.once) else ""
