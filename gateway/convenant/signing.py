"""Signatures under a version: in the portal with a second factor, on paper with a second person, or by volmacht.

A signature names the hash of what was signed; in force only when every founder signed. Source: CV10, GR6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Account
from gateway.context import Role
from gateway.convenant import history, proxies, queries, reach, rules, sealing
from gateway.convenant.tables import ConvenantDocument, ConvenantParty, ConvenantSignature, ConvenantVersion
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.recording import Action

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.convenant.reach import Seat
    from gateway.convenant.tables import ConvenantProxy
    from gateway.services import Services

WORDS_MAX = 300
FIRST_YEAR = 2000
"""A signature on paper from before this year is a slip of the pen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What someone signs in the portal: `seen` is the hash that stood on the page; `also_for` gave a volmacht."""

    version_id: str
    seen: str
    authority: str
    ground: str = ""
    also_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPaper:
    """A signature on paper, as the uploaded copy shows it."""

    version_id: str
    party_id: str
    name: str
    function: str
    authority: str
    signed_on: date
    document_id: str
    ground: str = ""


def sign(services: Services, context: Context, convenant_id: str, signing: Signing, *, factor: str) -> None:
    """Sign for one's own organisation, and for those that gave it a volmacht; `factor` is how identity was proved.

    Raises:
        NotFoundError: no contact person of a party.
        ConflictError: it is not offered (any more), was signed already, or is not what stood on the page.
        InvalidInputError: the authority is not said.
    """
    if context.person.role is not Role.CONTACT_PERSON:
        raise NotFoundError
    with services.db.writing() as session:
        at = reach.acting(session, context, convenant_id)
        version = _open_version(session, at, signing.version_id, context.today)
        if version.content_hash is None or version.content_hash.hex() != signing.seen:
            raise ConflictError("De tekst is intussen een andere. Lees hem opnieuw voordat u tekent.")
        _check_authority(signing.authority, signing.ground)
        account = session.get_one(Account, context.person.account_id)
        person = people.person_of(session, services.vault, account)
        signer = {"name": person.name, "function": person.function, "ground": signing.ground.strip()}
        chosen: list[tuple[ConvenantParty, ConvenantProxy | None]] = []
        if not _has_signed(session, version.id, at.party.id):
            chosen.append((at.party, None))
        chosen += proxies.used(session, at, signing.also_for, context.today)
        if not chosen:
            raise ConflictError("U hebt al getekend voor uw organisatie.")
        for party, proxy in chosen:
            if _has_signed(session, version.id, party.id):
                raise ConflictError("Voor een van deze organisaties is al getekend. Laad de pagina opnieuw.")
            row = _row(
                services,
                context,
                at,
                version,
                party_id=party.id,
                way="portal" if proxy is None else "proxy",
                state="signed",
                authority=signing.authority if proxy is None else "mandate",
                signer=signer,
                signed_on=context.today,
            )
            row.account_id, row.factor = context.person.account_id, factor
            row.proxy_id = proxy.id if proxy is not None else None
            _keep(services, session, context, at, version, row, party, "signed")
        _settle(services, session, context, at, version)


def record_paper(services: Services, context: Context, convenant_id: str, paper: OnPaper) -> str:
    """Record a signature on paper with its uploaded copy; it counts once a second person of our side confirmed it.

    Our own side records for any party, a guest for its own organisation. Returns the signature's id.
    """
    if not paper.name.strip() or not paper.function.strip():
        raise InvalidInputError("Schrijf wie er tekende, en in welke functie.", field="name")
    if len(paper.name) > WORDS_MAX or len(paper.function) > WORDS_MAX:
        raise InvalidInputError("Dit is te lang.", field="name")
    if paper.signed_on.year < FIRST_YEAR or paper.signed_on > context.today:
        raise InvalidInputError("Kies de dag waarop is getekend: niet later dan vandaag.", field="signed_on")
    _check_authority(paper.authority, paper.ground)
    with services.db.writing() as session:
        at = reach.acting(session, context, convenant_id)
        version = _open_version(session, at, paper.version_id, context.today)
        party = session.get(ConvenantParty, paper.party_id)
        if party is None or party.convenant_id != convenant_id or not (at.own or party.id == at.party.id):
            raise NotFoundError
        if _has_signed(session, version.id, party.id):
            raise ConflictError("Deze partij heeft al getekend.")
        document = session.get(ConvenantDocument, paper.document_id)
        if document is None or document.convenant_id != convenant_id or document.kind != "signed":
            raise InvalidInputError("Voeg het getekende stuk toe.", field="document_id")
        row = _row(
            services,
            context,
            at,
            version,
            party_id=party.id,
            way="paper",
            state="waiting",
            authority=paper.authority,
            signer={"name": paper.name.strip(), "function": paper.function.strip(), "ground": paper.ground.strip()},
            signed_on=paper.signed_on,
        )
        row.document_id = document.id
        _keep(services, session, context, at, version, row, party, "paper_recorded")
        history.tell(services, session, context, at.convenant, "convenant_waiting")
        return row.id


def decide_paper(services: Services, context: Context, signature_id: str, *, confirm: bool) -> str:
    """A second person of our side looked at the copy, and confirms or rejects. Returns the convenant's id.

    Raises:
        ConflictError: it was decided, the one who recorded it tries, or the copy is not checked yet.
    """
    with services.db.writing() as session:
        row = session.get(ConvenantSignature, signature_id)
        version = session.get(ConvenantVersion, row.version_id) if row is not None else None
        if row is None or version is None:
            raise NotFoundError
        at = reach.making(session, context, version.convenant_id)
        session.refresh(row)
        session.refresh(version)
        if row.state != "waiting":
            raise ConflictError("Over deze handtekening is al beslist.")
        if row.made_by == context.person.account_id:
            raise ConflictError("Een tweede persoon moet deze handtekening bevestigen. U legde haar zelf vast.")
        party = session.get_one(ConvenantParty, row.party_id)
        if confirm:
            _open_version(session, at, version.id, context.today)
            _check_copy(session, row)
            if _has_signed(session, version.id, party.id):
                raise ConflictError("Deze partij heeft intussen al getekend.")
        row.state = "signed" if confirm else "rejected"
        row.decided_by, row.decided_at = context.person.account_id, context.now
        session.flush()
        what = "paper_confirmed" if confirm else "paper_rejected"
        _step(services, session, context, at, version, row, party, what, Action.SIGN if confirm else Action.DECIDE)
        if confirm:
            _settle(services, session, context, at, version)
        return version.convenant_id


def _check_copy(session: Session, row: ConvenantSignature) -> None:
    document = session.get(ConvenantDocument, row.document_id) if row.document_id else None
    if document is None or document.state != "ready":
        raise ConflictError("Het getekende stuk wordt nog gecontroleerd, of is afgekeurd.")


def _check_authority(authority: str, ground: str) -> None:
    if authority not in rules.AUTHORITIES:
        raise InvalidInputError("Kies op grond waarvan er wordt getekend.", field="authority")
    if authority == rules.AUTHORITY_WITH_GROUND and not ground.strip():
        raise InvalidInputError("Schrijf waar het mandaat of de volmacht uit blijkt.", field="ground")
    if len(ground) > WORDS_MAX:
        raise InvalidInputError("Dit is te lang.", field="ground")


def _open_version(session: Session, at: Seat, version_id: str, today: date) -> ConvenantVersion:
    """The version, while it can be signed: offered, and not overtaken by one that counts already."""
    row = session.get(ConvenantVersion, version_id, populate_existing=True)
    if row is None or row.convenant_id != at.convenant.id or row.state == "draft":
        raise NotFoundError
    if row.state != "offered":
        raise ConflictError("Deze tekst is ingetrokken. Er valt niets te tekenen.")
    if queries.is_over(session, at.convenant.id, today):
        raise ConflictError("Dit convenant is afgelopen. Er valt niets te tekenen.")
    found = queries.standing(session, at.convenant.id)
    newer = [version for version in found.versions if version.number > row.number]
    if any(rules.complete_on(found.founders, version.signed) is not None for version in newer):
        raise ConflictError("Er geldt al een nieuwere tekst. Teken die.")
    return row


def _has_signed(session: Session, version_id: str, party_id: str) -> bool:
    query = select(ConvenantSignature.id).where(
        ConvenantSignature.version_id == version_id,
        ConvenantSignature.party_id == party_id,
        ConvenantSignature.state == "signed",
    )
    return session.scalars(query).first() is not None


def _row(
    services: Services, context: Context, at: Seat, version: ConvenantVersion, *, signer: dict[str, str], **values: Any
) -> ConvenantSignature:
    signature_id = new_id()
    return ConvenantSignature(
        id=signature_id,
        version_id=version.id,
        content_hash=version.content_hash,
        signer=sealing.seal(services.vault, at.convenant.tenant_id, "signer", signature_id, signer),
        made_by=context.person.account_id,
        made_at=context.now,
        **values,
    )


def _keep(
    services: Services,
    session: Session,
    context: Context,
    at: Seat,
    version: ConvenantVersion,
    row: ConvenantSignature,
    party: ConvenantParty,
    what: str,
) -> None:
    session.add(row)
    session.flush()
    _step(services, session, context, at, version, row, party, what, Action.SIGN if what == "signed" else Action.RECORD)


def _step(
    services: Services,
    session: Session,
    context: Context,
    at: Seat,
    version: ConvenantVersion,
    row: ConvenantSignature,
    party: ConvenantParty,
    what: str,
    action: Action,
) -> None:
    history.step(
        services,
        session,
        context,
        at.convenant,
        what,
        action=action,
        article="CV10",
        party=party,
        held_on=row.signed_on,
        payload={
            "version": version.number,
            "hash": row.content_hash.hex(),
            "organisation": party.organisation_id,
            "way": row.way,
            "authority": row.authority,
            "signature": row.id,
            "signed_on": row.signed_on.isoformat(),
        },
    )


def _settle(services: Services, session: Session, context: Context, at: Seat, version: ConvenantVersion) -> None:
    """After a signature: when the last founder signed it, the version counts from now on, and everyone hears it."""
    found = queries.standing(session, at.convenant.id)
    mine = next((each for each in found.versions if each.number == version.number), None)
    counts = mine is not None and rules.complete_on(found.founders, mine.signed) is not None
    if counts and not queries.was_told(session, at.convenant.id, version.number):
        history.step(
            services,
            session,
            context,
            at.convenant,
            "in_force",
            action=Action.DECIDE,
            article="CV10",
            payload={"version": version.number},
            details={"version": version.number},
        )
        history.tell(services, session, context, at.convenant, "convenant_in_force")
    else:
        history.tell(services, session, context, at.convenant, "convenant_signed")
