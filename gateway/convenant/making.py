"""A convenant is made: its parties, its text, and the moment at which that is frozen and offered for signing.

Source: CV10; GR5 (who exchanges what stands in the version that is signed).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.convenant import exchange, history, queries, reach, rules, sealing
from gateway.convenant.tables import (
    Convenant,
    ConvenantContact,
    ConvenantDocument,
    ConvenantParty,
    ConvenantVersion,
)
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.recording import Action

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.convenant.reach import Seat
    from gateway.services import Services

NAME_MAX = 200
TEXT_MAX = 200_000
DIRECTOR = "directeur"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a version will say: a typed text or a document that was uploaded, and what changes with it."""

    text: str = ""
    document_id: str | None = None
    change: str = ""


def make(services: Services, context: Context, *, kind: str, name: str, partner_ids: tuple[str, ...]) -> str:
    """Begin a convenant with these organisations; nothing holds before it is signed. Returns its id.

    Raises:
        NotFoundError: the actor does not make convenants here.
        InvalidInputError: no name, no partner, or one that cannot be a party.
    """
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX:
        raise InvalidInputError("Geef het convenant een naam.", field="name")
    if kind not in rules.KINDS:
        raise InvalidInputError("Kies het soort convenant.", field="kind")
    with services.db.writing() as session:
        if context.person.role not in reach.MAKERS or not reach.works_here(session, context):
            raise NotFoundError
        partners = [_partner(session, context, kind, partner_id) for partner_id in dict.fromkeys(partner_ids)]
        if not partners or (kind == "second_opinion" and len(partners) != 1):
            raise InvalidInputError("Kies met wie u dit convenant sluit.", field="partner_ids")
        own = session.get_one(Organisation, context.person.organisation_id)
        row = Convenant(
            id=new_id(),
            tenant_id=context.person.tenant_id,
            kind=kind,
            name=name,
            made_by=context.person.account_id,
            made_at=context.now,
        )
        session.add(row)
        session.flush()
        party = _join(services, session, context, row, own, side=rules.OWN)
        history.step(
            services,
            session,
            context,
            row,
            "made",
            action=Action.RECORD,
            article="CV10",
            party=party,
            payload={"kind": kind, "organisations": [own.id, *(each.id for each in partners)]},
        )
        for each in partners:
            _join(services, session, context, row, each, side=rules.PARTNER)
        return row.id


def add_party(services: Services, context: Context, convenant_id: str, organisation_id: str) -> None:
    """A further organisation comes into a regional convenant; it is bound from its own signature on. Source: GR5."""
    with services.db.writing() as session:
        at = reach.making(session, context, convenant_id)
        if at.convenant.kind != "regional":
            raise ConflictError("Dit convenant heeft twee partijen. Maak voor een ander een eigen convenant.")
        organisation = _partner(session, context, at.convenant.kind, organisation_id)
        known = {row.organisation_id for row in queries.parties_of(session, at.convenant.id)}
        if organisation.id in known:
            raise ConflictError("Deze organisatie is al partij.")
        signing = _offered(session, at.convenant.id)
        later = signing is not None or queries.standing(session, at.convenant.id).first is not None
        party = _join(services, session, context, at.convenant, organisation, side=rules.PARTNER, later=later)
        history.step(
            services,
            session,
            context,
            at.convenant,
            "party_added",
            action=Action.RECORD,
            article="GR5",
            party=party,
            payload={"organisation": organisation.id},
        )


def write(services: Services, context: Context, convenant_id: str, draft: Draft) -> str:
    """Write the text of the next version; it can change until it is offered. Returns the version's id.

    Raises:
        InvalidInputError: neither a text nor a document, or both.
        ConflictError: a version waits for signatures; that one is withdrawn first.
    """
    text = draft.text.strip()
    if bool(text) == bool(draft.document_id):
        raise InvalidInputError("Typ de tekst, of kies het document. Eén van de twee.", field="text")
    if len(text) > TEXT_MAX:
        raise InvalidInputError("Deze tekst is te lang. Voeg hem toe als document.", field="text")
    with services.db.writing() as session:
        at = reach.making(session, context, convenant_id)
        if _offered(session, convenant_id) is not None:
            raise ConflictError("Er wacht een tekst op handtekeningen. Trek die eerst in.")
        if draft.document_id and not _is_text(session, convenant_id, draft.document_id):
            raise InvalidInputError("Kies een document van dit convenant.", field="document_id")
        row = draft_of(session, convenant_id) or _new_version(services, session, context, at.convenant)
        said = {"text": text, "change": draft.change.strip()}
        row.content = sealing.seal(services.vault, at.convenant.tenant_id, "version", row.id, said)
        row.document_id = draft.document_id
        history.step(
            services,
            session,
            context,
            at.convenant,
            "drafted",
            action=Action.RECORD,
            article="CV10",
            party=at.party,
            payload={"version": row.number},
        )
        return row.id


def offer(services: Services, context: Context, convenant_id: str) -> str:
    """Freeze the draft by its hash and offer it to all parties to sign. Returns the version's id. Source: CV10."""
    with services.db.writing() as session:
        at = reach.making(session, context, convenant_id)
        row = draft_of(session, convenant_id)
        if row is None:
            raise ConflictError("Er is geen tekst om aan te bieden.")
        if queries.is_over(session, convenant_id, context.today):
            raise ConflictError("Dit convenant is afgelopen. Maak een nieuw convenant.")
        kept = sealing.opened(services.vault, "version", row.id, row.content)
        said = _said(session, at, row, kept)
        row.content = sealing.seal(services.vault, at.convenant.tenant_id, "version", row.id, {**kept, "said": said})
        row.content_hash, row.state, row.offered_at = rules.content_hash(said), "offered", context.now
        history.step(
            services,
            session,
            context,
            at.convenant,
            "offered",
            action=Action.REQUEST,
            article="CV10",
            party=at.party,
            details={"change": kept["change"]},
            payload={"version": row.number, "hash": row.content_hash.hex()},
        )
        history.tell(services, session, context, at.convenant, "convenant_offered")
        return row.id


def withdraw(services: Services, context: Context, convenant_id: str, version_id: str) -> None:
    """Take back a text that not everyone signed; what counted before it goes on. It becomes a draft's example."""
    with services.db.writing() as session:
        at = reach.making(session, context, convenant_id)
        row = _offered(session, convenant_id)
        if row is None or row.id != version_id:
            raise ConflictError("Deze tekst wacht niet op handtekeningen.")
        row.state = "withdrawn"
        history.step(
            services,
            session,
            context,
            at.convenant,
            "withdrawn",
            action=Action.DECIDE,
            article="CV10",
            party=at.party,
            payload={"version": row.number},
        )
        history.tell(services, session, context, at.convenant, "convenant_changed")


def draft_of(session: Session, convenant_id: str) -> ConvenantVersion | None:
    """The version that is being written; None when there is none."""
    return session.scalars(
        select(ConvenantVersion).where(ConvenantVersion.convenant_id == convenant_id, ConvenantVersion.state == "draft")
    ).first()


def _offered(session: Session, convenant_id: str) -> ConvenantVersion | None:
    """The offered version that founders still have to sign."""
    found = queries.standing(session, convenant_id)
    rows = session.scalars(
        select(ConvenantVersion)
        .where(ConvenantVersion.convenant_id == convenant_id, ConvenantVersion.state == "offered")
        .order_by(ConvenantVersion.number.desc())
    )
    signed = {version.number: version.signed for version in found.versions}
    return next(
        (row for row in rows if rules.complete_on(found.founders, signed.get(row.number, {})) is None),
        None,
    )


def _new_version(services: Services, session: Session, context: Context, convenant: Convenant) -> ConvenantVersion:
    highest = session.scalar(
        select(func.max(ConvenantVersion.number)).where(ConvenantVersion.convenant_id == convenant.id)
    )
    version_id = new_id()
    row = ConvenantVersion(
        id=version_id,
        convenant_id=convenant.id,
        number=(highest or 0) + 1,
        content=sealing.seal(services.vault, convenant.tenant_id, "version", version_id, {}),
        made_by=context.person.account_id,
        made_at=context.now,
    )
    session.add(row)
    session.flush()
    exchange.carry_over(session, convenant.id, row)
    return row


def _said(session: Session, at: Seat, row: ConvenantVersion, kept: dict[str, Any]) -> dict[str, Any]:
    """Everything that the signatures stand under, in a form that both sides can hash again."""
    document = session.get(ConvenantDocument, row.document_id) if row.document_id else None
    if row.document_id and (document is None or document.state != "ready"):
        raise ConflictError("Het document wordt nog gecontroleerd, of is afgekeurd.")
    parties = queries.parties_of(session, at.convenant.id)
    names = {party.id: session.get_one(Organisation, party.organisation_id).name for party in parties}
    return {
        "kind": at.convenant.kind,
        "name": at.convenant.name,
        "number": row.number,
        "parties": [names[party.id] for party in parties],
        "text": kept["text"],
        "document": document.content_hash.hex() if document is not None else None,
        "exchange": [
            {
                "from": names[line.giver],
                "to": names[line.receiver],
                "categories": sorted(line.categories),
                "purposes": sorted(line.purposes),
            }
            for line in exchange.lines_of(session, row.id)
        ],
        "costs": "none",
    }


def _is_text(session: Session, convenant_id: str, document_id: str) -> bool:
    document = session.get(ConvenantDocument, document_id)
    return document is not None and document.convenant_id == convenant_id and document.kind == "text"


def _partner(session: Session, context: Context, kind: str, organisation_id: str) -> Organisation:
    found = session.get(Organisation, organisation_id)
    if found is None or found.tenant_id != context.person.tenant_id or not found.active:
        raise InvalidInputError("Kies met wie u dit convenant sluit.", field="partner_ids")
    if found.kind not in rules.PARTNER_KINDS[kind]:
        raise InvalidInputError("Deze organisatie kan geen partij zijn bij dit soort convenant.", field="partner_ids")
    return found


def _join(
    services: Services,
    session: Session,
    context: Context,
    convenant: Convenant,
    organisation: Organisation,
    *,
    side: str,
    later: bool = False,
) -> ConvenantParty:
    founds = not later and (convenant.kind == "second_opinion" or organisation.kind in rules.FOUNDERS)
    party = ConvenantParty(
        id=new_id(),
        convenant_id=convenant.id,
        organisation_id=organisation.id,
        side=side,
        standing="founder" if founds else "joiner",
        made_at=context.now,
    )
    session.add(party)
    session.flush()
    director = _director(services, session, organisation)
    if director is not None:  # CV8: the director, unless the parties agree otherwise
        session.add(
            ConvenantContact(
                convenant_id=convenant.id,
                party_id=party.id,
                account_id=director,
                kind="contact",
                valid_from=context.today,
                made_at=context.now,
            )
        )
        session.flush()
    return party


def _director(services: Services, session: Session, organisation: Organisation) -> str | None:
    """The contact person who is director of this organisation, by the function on the account."""
    accounts = session.scalars(
        select(Account)
        .where(Account.organisation_id == organisation.id, Account.active, Account.role == Role.CONTACT_PERSON.value)
        .order_by(Account.created_at, Account.id)
    ).all()
    named = people.names_of(session, services.vault, [row.id for row in accounts])
    return next((row.id for row in accounts if row.id in named and DIRECTOR in named[row.id].function.lower()), None)
