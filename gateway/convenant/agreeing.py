"""Agreements on deliveries: proposed by one side, accepted by the other, kept by number. Source: CV4.2, CV4.4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.convenant import history, queries, reach, rules, sealing
from gateway.convenant.tables import ConvenantAgreement
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.recording import Action
from retention.errors import TermError
from retention.terms import Length

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.services import Services

WORDS_MAX = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What one side proposes: how to deliver (a code), within which term (ISO length), definitions and quality."""

    manner: str
    term: str
    definitions: str = ""
    quality: str = ""


def propose(services: Services, context: Context, convenant_id: str, proposal: Proposal) -> str:
    """Propose agreements; they count when the other side accepts. Returns the id.

    Raises:
        ConflictError: the convenant is not in force, or a proposal waits already.
    """
    if proposal.manner not in rules.MANNERS:
        raise InvalidInputError("Kies hoe u levert.", field="manner")
    try:
        term = str(proposal.term)
        Length.parse(term)
    except TermError as error:
        raise InvalidInputError("Kies een termijn.", field="term") from error
    if max(len(proposal.definitions), len(proposal.quality)) > WORDS_MAX:
        raise InvalidInputError("Deze tekst is te lang.", field="definitions")
    with services.db.writing() as session:
        at = reach.acting(session, context, convenant_id)
        if at.convenant.kind != "second_opinion":
            raise ConflictError("Afspraken over leveren horen bij een convenant over second opinions.")
        if not queries.in_force(session, convenant_id, on=context.today):
            raise ConflictError("Dit convenant geldt nu niet. Afspraken maakt u als beide partijen hebben getekend.")
        rows = select(ConvenantAgreement).where(ConvenantAgreement.convenant_id == convenant_id)
        if session.scalars(rows.where(ConvenantAgreement.state == "proposed")).first() is not None:
            raise ConflictError("Er wacht al een voorstel. Beslis daar eerst over.")
        highest = session.scalar(
            select(func.max(ConvenantAgreement.number)).where(ConvenantAgreement.convenant_id == convenant_id)
        )
        agreement_id = new_id()
        words = {"definitions": proposal.definitions.strip(), "quality": proposal.quality.strip()}
        row = ConvenantAgreement(
            id=agreement_id,
            convenant_id=convenant_id,
            number=(highest or 0) + 1,
            manner=proposal.manner,
            term=term,
            details=sealing.seal(services.vault, at.convenant.tenant_id, "agreement", agreement_id, words),
            party_id=at.party.id,
            made_by=context.person.account_id,
            made_at=context.now,
        )
        session.add(row)
        history.step(
            services,
            session,
            context,
            at.convenant,
            "agreement_proposed",
            action=Action.REQUEST,
            article="CV4.2",
            party=at.party,
            payload={"agreement": row.number, "manner": row.manner, "term": row.term},
        )
        history.tell(services, session, context, at.convenant, "convenant_agreement")
        return agreement_id


def decide(services: Services, context: Context, agreement_id: str, *, accept: bool) -> str:
    """The other side accepts or rejects; who proposed may take it back. Returns the convenant's id. Source: CV4.4."""
    with services.db.writing() as session:
        row = session.get(ConvenantAgreement, agreement_id)
        if row is None:
            raise NotFoundError
        at = reach.acting(session, context, row.convenant_id)
        session.refresh(row)
        if row.state != "proposed":
            raise ConflictError("Over dit voorstel is al beslist.")
        if accept and row.party_id == at.party.id:
            raise ConflictError("De andere partij moet akkoord gaan. Uw eigen organisatie stelde dit voor.")
        row.state = "accepted" if accept else "rejected"
        row.decided_by, row.decided_at = context.person.account_id, context.now
        row.valid_from = context.today if accept else None
        history.step(
            services,
            session,
            context,
            at.convenant,
            "agreement_accepted" if accept else "agreement_rejected",
            action=Action.DECIDE,
            article="CV4.4",
            party=at.party,
            payload={"agreement": row.number},
        )
        history.tell(services, session, context, at.convenant, "convenant_changed")
        return row.convenant_id
