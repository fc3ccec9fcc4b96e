"""A volmacht: one party may sign for others, by the uploaded document; a second person confirms. Source: GR6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.convenant import history, queries, reach, sealing
from gateway.convenant.tables import ConvenantDocument, ConvenantParty, ConvenantProxy, ConvenantProxyFor
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.recording import Action

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.convenant.reach import Seat
    from gateway.services import Services

NAME_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProxy:
    """Who holds the volmacht (`holder`: a party; `name`: the person), for which parties, and its document."""

    holder: str
    name: str
    parties: tuple[str, ...]
    document_id: str
    given_on: date
    valid_until: date | None = None


def record_proxy(services: Services, context: Context, convenant_id: str, new: NewProxy) -> str:
    """Record a volmacht; it counts once a second person confirmed it. Returns its id.

    Raises:
        InvalidInputError: nobody named, no party, wrong days, or no document.
    """
    if not new.name.strip() or len(new.name) > NAME_MAX:
        raise InvalidInputError("Schrijf wie de volmacht heeft.", field="name")
    if new.given_on > context.today or (new.valid_until is not None and new.valid_until < new.given_on):
        raise InvalidInputError("Deze dagen kloppen niet.", field="given_on")
    with services.db.writing() as session:
        at = reach.making(session, context, convenant_id)
        if at.convenant.kind != "regional":
            raise ConflictError("Bij dit soort convenant tekent elke partij zelf.")
        parties = {row.id: row for row in queries.parties_of(session, convenant_id)}
        if new.holder not in parties:
            raise InvalidInputError("Kies welke partij de volmacht heeft.", field="holder")
        if not new.parties or not set(new.parties) <= set(parties) - {new.holder}:
            raise InvalidInputError("Kies voor welke organisaties de volmacht geldt.", field="parties")
        document = session.get(ConvenantDocument, new.document_id)
        if document is None or document.convenant_id != convenant_id or document.kind != "proxy":
            raise InvalidInputError("Voeg het document met de volmacht toe.", field="document_id")
        proxy_id = new_id()
        session.add(
            ConvenantProxy(
                id=proxy_id,
                convenant_id=convenant_id,
                holder_id=new.holder,
                state="waiting",
                details=sealing.seal(
                    services.vault, at.convenant.tenant_id, "proxy", proxy_id, {"name": new.name.strip()}
                ),
                document_id=document.id,
                given_on=new.given_on,
                valid_until=new.valid_until,
                made_by=context.person.account_id,
                made_at=context.now,
            )
        )
        session.flush()
        for party_id in dict.fromkeys(new.parties):
            session.add(ConvenantProxyFor(proxy_id=proxy_id, party_id=party_id))
        _step(services, session, context, at, "proxy_recorded", parties[new.holder], proxy_id)
        return proxy_id


def decide_proxy(services: Services, context: Context, proxy_id: str, *, confirm: bool) -> str:
    """A second person of our side looked at the document, and confirms or rejects. Returns the convenant's id."""
    with services.db.writing() as session:
        row = session.get(ConvenantProxy, proxy_id)
        if row is None:
            raise NotFoundError
        at = reach.making(session, context, row.convenant_id)
        session.refresh(row)
        if row.state != "waiting":
            raise ConflictError("Over deze volmacht is al beslist.")
        if row.made_by == context.person.account_id:
            raise ConflictError("Een tweede persoon moet deze volmacht bevestigen. U legde haar zelf vast.")
        if confirm and session.get_one(ConvenantDocument, row.document_id).state != "ready":
            raise ConflictError("Het document wordt nog gecontroleerd, of is afgekeurd.")
        row.state = "confirmed" if confirm else "rejected"
        row.decided_by, row.decided_at = context.person.account_id, context.now
        what = "proxy_confirmed" if confirm else "proxy_rejected"
        _step(services, session, context, at, what, session.get_one(ConvenantParty, row.holder_id), row.id)
        return row.convenant_id


def of_holder(session: Session, party_id: str, on: date) -> list[tuple[ConvenantParty, ConvenantProxy]]:
    """The parties for which this party may sign on this day, each with the volmacht that says so."""
    query = (
        select(ConvenantParty, ConvenantProxy)
        .join(ConvenantProxyFor, ConvenantProxyFor.party_id == ConvenantParty.id)
        .join(ConvenantProxy, ConvenantProxy.id == ConvenantProxyFor.proxy_id)
        .where(ConvenantProxy.holder_id == party_id, ConvenantProxy.state == "confirmed", ConvenantProxy.given_on <= on)
        .order_by(ConvenantParty.id, ConvenantProxy.given_on.desc())
    )
    found: dict[str, tuple[ConvenantParty, ConvenantProxy]] = {}
    for party, proxy in session.execute(query):
        if proxy.valid_until is None or proxy.valid_until >= on:
            found.setdefault(party.id, (party, proxy))
    return list(found.values())


def used(
    session: Session, at: Seat, also_for: Iterable[str], on: date
) -> list[tuple[ConvenantParty, ConvenantProxy | None]]:
    """The parties for which the signer also signs.

    Raises:
        InvalidInputError: one of them gave no volmacht, or it does not count on this day.
    """
    given = {party.id: (party, proxy) for party, proxy in of_holder(session, at.party.id, on)}
    wanted = list(dict.fromkeys(also_for))
    if not set(wanted) <= set(given):
        raise InvalidInputError("Uw organisatie heeft geen volmacht die nu geldt voor deze partij.", field="also_for")
    return [given[party_id] for party_id in wanted]


def _step(
    services: Services, session: Session, context: Context, at: Seat, what: str, holder: ConvenantParty, proxy_id: str
) -> None:
    history.step(
        services,
        session,
        context,
        at.convenant,
        what,
        action=Action.RECORD if what == "proxy_recorded" else Action.DECIDE,
        article="GR6",
        party=holder,
        payload={"proxy": proxy_id, "organisation": holder.organisation_id},
    )
