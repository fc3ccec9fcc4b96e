"""The request: written by staff, checked and sent by the contact person only. Source: CV3, CV10, SO1, SO2."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gateway.disclosure.judging import refused
from gateway.dossiers.queries import swv_dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.recording import Action, Outcome, record
from gateway.second_opinion import ground, reach, storing, wishes
from gateway.second_opinion.doing import step
from gateway.second_opinion.state import BEFORE_SENDING, CHECKS, KINDS, REQUESTER
from gateway.second_opinion.tables import SecondOpinionCase
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.reglement.rules import Decision
    from gateway.services import Services

TEXT_MAX = 4000
MEANWHILE = sentence("Iemand anders heeft deze zaak intussen gewijzigd. Bekijk eerst wat er nu staat.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is asked and why. `parents`: `told`, or `asked` when they ask themselves; how stands in `parents_how`."""

    about: str
    question: str
    task: str
    necessity: str
    proportionality: str
    parents: str
    parents_how: str
    expertise: str = ""
    wanted_by: date | None = None

    def data(self) -> dict[str, Any]:
        """As it is kept in the act."""
        found = {name: value.strip() if isinstance(value, str) else value for name, value in asdict(self).items()}
        found["wanted_by"] = self.wanted_by.isoformat() if self.wanted_by else None
        return {**found, "by_parents": self.parents == "asked", "second_expert": bool(self.expertise.strip())}


def start(
    services: Services,
    context: Context,
    dossier_id: str,
    partner_id: str,
    written: Written,
    *,
    once: str = "",
    wish_id: str = "",
) -> str:
    """Write a request for a second opinion on a dossier; returns the case's id. Nobody else sees it yet.

    Raises:
        NotFoundError: the dossier is not within the actor's reach.
        InvalidInputError: something was not chosen or not said.
    """
    _check(written, context.today)
    with services.db.writing() as session:
        dossier = swv_dossier(session, context, dossier_id)
        before = session.get(SecondOpinionCase, once) if once else None
        if before is not None:
            if (before.made_by, before.dossier_id) != (context.person.account_id, dossier.id):
                raise NotFoundError
            return before.id  # the same form, sent twice
        partner = ground.partner(session, dossier.tenant_id, partner_id)
        row = SecondOpinionCase(
            id=once or new_id(),
            tenant_id=dossier.tenant_id,
            own_side=REQUESTER,
            dossier_id=dossier.id,
            subject_id=dossier.id,
            partner_id=partner.id,
            convenant_id=ground.convenant_id(session, dossier.tenant_id, partner.id, context.today),
            thread=new_id(),
            made_by=context.person.account_id,
            made_at=context.now,
            changed_at=context.now,
        )
        session.add(row)
        session.flush()
        step(services, session, context, row, "write", REQUESTER, written.data())
        if wish_id:
            wishes.take(session, context, dossier.id, wish_id, row.id)
        return row.id


def rewrite(services: Services, context: Context, case_id: str, written: Written, *, seen: int) -> None:
    """Change a request that was not sent; it must then be checked again (CV3.6).

    Raises:
        ConflictError: someone did something in the case since `seen`.
    """
    _check(written, context.today)
    with services.db.writing() as session:
        row = own(services, session, context, case_id)
        if storing.held(session, row).acts != seen:
            raise ConflictError(MEANWHILE)
        step(services, session, context, row, "write", REQUESTER, written.data())


def offer(services: Services, context: Context, case_id: str) -> None:
    """Staff are done with it: the contact person checks and sends (CV3.4, CV3.5)."""
    with services.db.writing() as session:
        step(services, session, context, own(services, session, context, case_id), "offer", REQUESTER)


def check_and_send(
    services: Services, context: Context, case_id: str, items: Mapping[str, bool], note: str, *, seen: int
) -> bool:
    """The contact person confirms the check item by item. All of it holds: sent, and True. Else it waits in overleg.

    Raises:
        RefusedError: there is no convenant in force with this partner (CV10); the refusal is in the log.
        ConflictError: the request changed since `seen`.
        InvalidInputError: an item does not hold and it was not said why.
    """
    holds = all(items.get(name) for name in CHECKS)
    if not holds and not note.strip():
        raise InvalidInputError("Schrijf wat er niet klopt. De andere contactpersoon leest dit.", field="note")
    if holds:
        _judged(services, context, case_id)
    data = {"items": {name: bool(items.get(name)) for name in CHECKS}, "note": note.strip()}
    with services.db.writing() as session:
        row, _ = reach.contact(services, session, context, case_id, REQUESTER)
        row = storing.held(session, row)
        if row.acts != seen:
            raise ConflictError(MEANWHILE)
        row.convenant_id = ground.convenant_id(session, row.tenant_id, row.partner_id, context.today)
        if row.phase == "draft":
            step(services, session, context, row, "offer", REQUESTER)
        step(services, session, context, row, "check", REQUESTER, data)
        if holds:
            article = ground.judge(session, row.tenant_id, row.convenant_id, context.today).article
            step(services, session, context, row, "send", REQUESTER, {"article": article})
    return holds


def _judged(services: Services, context: Context, case_id: str) -> None:
    """Refuse what the judge refuses, after writing it in the log."""
    with services.db.reading() as session:
        row, _ = reach.contact(services, session, context, case_id, REQUESTER)
        found = ground.convenant_id(session, row.tenant_id, row.partner_id, context.today)
        decision = ground.judge(session, row.tenant_id, found, context.today)
    if not decision.allowed:
        with services.db.writing() as session:
            _note_refusal(services, session, context, row, decision)
        raise refused(decision)


def _note_refusal(
    services: Services, session: Session, context: Context, row: SecondOpinionCase, decision: Decision
) -> None:
    record(
        session,
        services.vault,
        context,
        Action.REFUSE,
        outcome=Outcome.REFUSED,
        dossier_id=row.dossier_id,
        object_type="second_opinion",
        object_id=row.id,
        purpose="second_opinion",
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        payload={"step": "send", "reason": decision.reason},
    )


def own(services: Services, session: Session, context: Context, case_id: str) -> SecondOpinionCase:
    """A case of our own that was not sent: what staff may still write in."""
    row, seat = reach.case_(services, session, context, case_id)
    if seat.kind != "own" or seat.side != REQUESTER:
        raise NotFoundError
    if row.phase not in BEFORE_SENDING:
        raise ConflictError("Dit verzoek is al verstuurd.")
    return row


def _check(written: Written, today: date) -> None:
    """What a request says at least (CV3.1-CV3.3)."""
    if written.about not in KINDS:
        raise InvalidInputError("Kies waar de second opinion over gaat.", field="about")
    for name in ("question", "task", "necessity", "proportionality", "parents_how"):
        if not getattr(written, name).strip():
            raise InvalidInputError("Vul dit in.", field=name)
    for name in ("question", "task", "necessity", "proportionality", "parents_how", "expertise"):
        if len(getattr(written, name)) > TEXT_MAX:
            raise InvalidInputError(sentence("Schrijf ten hoogste %(count)d tekens.", count=TEXT_MAX), field=name)
    if written.parents not in {"told", "asked"}:
        raise InvalidInputError("Kies of de ouders zijn ingelicht of er zelf om vragen.", field="parents")
    if written.wanted_by is not None and written.wanted_by <= today:
        raise InvalidInputError("Kies een dag die nog komt.", field="wanted_by")
