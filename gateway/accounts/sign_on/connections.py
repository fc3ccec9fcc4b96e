"""Which provider vouches for an organisation: proposed by an administrator, decided by the privacy officer.

Who could point it at a server of their own could be anyone; so nobody does it alone. Stopping it, anyone who
administers may at once. Source: issue 6 (separation of duties).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from crypto.context import SealContext
from gateway.accounts import people
from gateway.accounts.invitation_tables import MailDomain
from gateway.accounts.sign_on import rules
from gateway.accounts.sign_on.provider import Client
from gateway.accounts.sign_on.tables import ACTIVE, ENDED, PROPOSED, REJECTED, SignOnConnection, SignOnLink
from gateway.accounts.tables import Account, Organisation, SignedIn
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.notices import outbox
from gateway.recording import Action, record
from gateway.sentences import sentence
from gateway.vault.boxes import STANDING, open_box, seal_box

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.accounts.sign_on.rules import Terms
    from gateway.context import Context
    from gateway.services import Services
    from gateway.vault.keys import Vault

NOT_FOR = frozenset({"family", "duo", "court", "supervisor", "researcher"})
"""Kinds of organisation whose people do not sign in at an organisation of their own, or have no accounts."""
SHOWN = (
    "issuer", "client", "domains", "strong", "member_claim", "member_values", "affiliation_claim",
    "affiliation_values", "required",
)  # fmt: skip
_LISTS = ("domains", "strong", "member_values", "affiliation_values")
DESK = "/aandacht/organisatie-aanmelden"


def propose(services: Services, context: Context, organisation_id: str, terms: Terms) -> str:
    """An administrator proposes a provider, or a change; it counts once the privacy officer approved. Returns its id.

    Raises:
        NotFoundError: no such organisation of this tenant, or not of a kind that signs in elsewhere.
        InvalidInputError: something cannot be used, or a new issuer comes without its own secret.
        ConflictError: a proposal waits already.
    """
    with services.db.writing() as session:
        organisation = organisation_for(session, context, organisation_id, Role.ADMINISTRATOR)
        good = rules.checked(terms, loopback=services.settings.demo, brin=organisation.brin)
        now_active, waiting = active(session, organisation_id), proposed(session, organisation_id)
        if waiting is not None:
            raise ConflictError("Er wacht al een voorstel. Trek het in, of wacht op de privacyfunctionaris.")
        secret = good.secret or _kept_secret(services.vault, now_active, good)
        _refuse_taken(session, organisation_id, good.domains)
        row = SignOnConnection(
            id=new_id(),
            tenant_id=organisation.tenant_id,
            organisation_id=organisation_id,
            issuer=good.issuer,
            client=good.client,
            secret=b"",
            **{name: " ".join(getattr(good, name)) for name in _LISTS},
            member_claim=good.member_claim,
            affiliation_claim=good.affiliation_claim,
            required=good.required,
            proposed_by=context.person.account_id,
            proposed_at=context.now,
        )
        row.secret = seal_box(services.vault.keyring, row.tenant_id, STANDING, _context(row.id), secret.encode())
        if now_active is not None and not good.secret and not changes(now_active, row):
            raise InvalidInputError("Er is niets veranderd.")
        session.add(row)
        session.flush()
        record_change(session, services, context, row, "proposed", _diff(now_active, row, secret=bool(good.secret)))
        for officer in _officers(session, row.tenant_id):
            outbox.queue(session, services.vault, context, account_id=officer, kind="sign_on_waiting", link=DESK)
        return row.id


def decide(services: Services, context: Context, connection_id: str, *, approve: bool) -> None:
    """The privacy officer lets a proposal count, or not. Who was joined by another issuer or client is joined no more.

    Raises:
        NotFoundError: nothing of this tenant waits under this id. ConflictError: own proposal, or decided already.
    """
    with services.db.writing() as session:
        row = session.get(SignOnConnection, connection_id, with_for_update=True)
        if context.person.role is not Role.PRIVACY_OFFICER or row is None or row.tenant_id != context.person.tenant_id:
            raise NotFoundError
        if row.proposed_by == context.person.account_id:
            raise ConflictError("U deed dit voorstel zelf. Een ander moet beslissen.")
        if row.state != PROPOSED:
            raise ConflictError("Hierover is al beslist.")
        row.decided_by, row.decided_at = context.person.account_id, context.now
        if not approve:
            row.state = REJECTED
            record_change(session, services, context, row, "rejected", {})
        else:
            _refuse_taken(session, row.organisation_id, rules.parts(row.domains))
            _put_in_force(session, services, context, row)
        kind = "sign_on_approved" if approve else "sign_on_rejected"
        link = f"/inrichting/organisatie/{row.organisation_id}/aanmelden"
        outbox.queue(session, services.vault, context, account_id=row.proposed_by, kind=kind, link=link)


def _put_in_force(session: Session, services: Services, context: Context, row: SignOnConnection) -> None:
    before = active(session, row.organisation_id)
    diff = _diff(before, row, secret=True)
    if before is not None:
        before.state, before.ended_at = ENDED, context.now
        session.flush()
    row.state = ACTIVE
    joined = list(session.scalars(select(SignOnLink).where(SignOnLink.organisation_id == row.organisation_id)))
    session.execute(delete(SignedIn).where(SignedIn.link_id.in_([link.id for link in joined])))
    # Another client may get other names for the same people: a link that finds nobody would shut its owner out.
    other = before is not None and before.client != row.client
    gone = [link.id for link in joined if other or link.issuer != row.issuer]
    session.execute(delete(SignOnLink).where(SignOnLink.id.in_(gone)))
    record_change(session, services, context, row, "approved", {**diff, "links_ended": len(gone)})


def withdraw(services: Services, context: Context, organisation_id: str) -> None:
    """An administrator takes a proposal back."""
    with services.db.writing() as session:
        organisation_for(session, context, organisation_id, Role.ADMINISTRATOR)
        row = proposed(session, organisation_id)
        if row is None:
            raise ConflictError("Er wacht geen voorstel.")
        row.state, row.decided_by, row.decided_at = REJECTED, context.person.account_id, context.now
        record_change(session, services, context, row, "withdrawn", {})


def end(services: Services, context: Context, organisation_id: str, *, links: bool) -> None:
    """Stop at once: nobody signs in this way any more, and who did is signed out. `links`: forget who was joined."""
    with services.db.writing() as session:
        organisation_for(session, context, organisation_id, Role.ADMINISTRATOR)
        row = active(session, organisation_id)
        if row is None:
            raise ConflictError("Aanmelden met de eigen organisatie staat al uit.")
        row.state, row.ended_at = ENDED, context.now
        joined = list(session.scalars(select(SignOnLink.id).where(SignOnLink.organisation_id == organisation_id)))
        session.execute(delete(SignedIn).where(SignedIn.link_id.in_(joined)))
        if links:
            session.execute(delete(SignOnLink).where(SignOnLink.organisation_id == organisation_id))
        record_change(session, services, context, row, "ended", {"links_ended": len(joined) if links else 0})


def active(session: Session, organisation_id: str) -> SignOnConnection | None:
    """The provider that counts for this organisation itself."""
    query = select(SignOnConnection).where(
        SignOnConnection.organisation_id == organisation_id, SignOnConnection.state == ACTIVE
    )
    return session.scalar(query.order_by(SignOnConnection.decided_at.desc()).limit(1))


def proposed(session: Session, organisation_id: str) -> SignOnConnection | None:
    """What waits for the privacy officer."""
    query = select(SignOnConnection).where(
        SignOnConnection.organisation_id == organisation_id, SignOnConnection.state == PROPOSED
    )
    return session.scalar(query.with_for_update().limit(1))


def active_for(session: Session, account: Account) -> SignOnConnection | None:
    """The provider that vouches for this account: that of its organisation, or else of the board above its school."""
    organisation = session.get_one(Organisation, account.organisation_id)
    own = active(session, organisation.id)
    if own is not None or organisation.parent_id is None:
        return own
    above = active(session, organisation.parent_id)
    return above if above is not None and covers(session, above, account) else None


def covers(session: Session, connection: SignOnConnection, account: Account) -> bool:
    """Whether a provider may vouch for this account: of its own organisation, or of a school of this board."""
    if connection.tenant_id != account.tenant_id:
        return False
    if connection.organisation_id == account.organisation_id:
        return True
    board = session.get_one(Organisation, connection.organisation_id)
    school = session.get_one(Organisation, account.organisation_id)
    return board.kind == "school_board" and school.parent_id == board.id


def by_domain(session: Session, domain: str) -> SignOnConnection | None:
    """The provider for e-mail addresses of this domain."""
    found = [row for row in session.scalars(_ALL_ACTIVE) if domain and domain in rules.parts(row.domains)]
    return found[0] if len(found) == 1 else None


def client_of(vault: Vault, row: SignOnConnection) -> Client:
    """Who we are to this provider, with the secret opened."""
    secret = open_box(vault.keyring, _context(row.id), row.secret).decode()
    return Client(issuer=row.issuer, client=row.client, secret=secret)


def name_of(session: Session, organisation_id: str) -> str:
    """The name of an organisation."""
    return session.get_one(Organisation, organisation_id).name


def organisation_for(session: Session, context: Context, organisation_id: str, *roles: Role) -> Organisation:
    """An active organisation of one's own tenant whose people can sign in elsewhere, for someone with this role."""
    found = session.get(Organisation, organisation_id)
    if found is None or found.tenant_id != context.person.tenant_id or found.kind in NOT_FOR or not found.active:
        raise NotFoundError
    if context.person.role not in roles:
        raise NotFoundError
    return found


def terms_of(row: SignOnConnection) -> dict[str, Any]:
    """What was filled in, without the secret."""
    values = {name: getattr(row, name) for name in SHOWN}
    return {name: list(rules.parts(value)) if name in _LISTS else value for name, value in values.items()}


def changes(before: SignOnConnection | None, after: SignOnConnection) -> dict[str, list[Any]]:
    """What differs: {name: [was, becomes]}."""
    was: dict[str, Any] = terms_of(before) if before is not None else dict.fromkeys(SHOWN)
    return {name: [was[name], value] for name, value in terms_of(after).items() if was[name] != value}


def _diff(before: SignOnConnection | None, after: SignOnConnection, *, secret: bool) -> dict[str, Any]:
    return {"change": changes(before, after), **({"secret": "set"} if secret else {})}


def _kept_secret(vault: Vault, before: SignOnConnection | None, terms: Terms) -> str:
    """The secret that is there: never for another issuer, which would get to know it, nor for another client."""
    if before is None or (before.issuer, before.client) != (terms.issuer, terms.client):
        raise InvalidInputError("Vul het geheim in dat bij dit adres en deze client-id hoort.", field="secret")
    return client_of(vault, before).secret


def _refuse_taken(session: Session, organisation_id: str, domains: tuple[str, ...]) -> None:
    others = _ALL_ACTIVE.where(SignOnConnection.organisation_id != organisation_id)
    for row in session.scalars(others):
        if taken := set(rules.parts(row.domains)) & set(domains):
            words = sentence("%(domain)s is al van een andere organisatie.", domain=min(taken))
            raise InvalidInputError(words, field="domains")
    own = session.get_one(Organisation, organisation_id).tenant_id
    vouched = select(MailDomain.domain).join(Organisation, Organisation.id == MailDomain.organisation_id)
    elsewhere = session.scalar(vouched.where(Organisation.tenant_id != own, MailDomain.domain.in_(domains)).limit(1))
    if elsewhere is not None:
        raise InvalidInputError(
            sentence("%(domain)s is al van een andere organisatie.", domain=elsewhere), field="domains"
        )


def _officers(session: Session, tenant_id: str) -> list[str]:
    return people.of_tenant(session, tenant_id, Role.PRIVACY_OFFICER)


def _context(connection_id: str) -> SealContext:
    return SealContext(purpose="sign-on-secret", document=connection_id)


def record_change(
    session: Session, services: Services, context: Context, row: SignOnConnection, what: str, payload: dict[str, Any]
) -> None:
    """Write to the log what was done with a provider: with what changed, without secrets."""
    rest = {name: value for name, value in payload.items() if name != "change"}
    changed = {"state": [None, what], **payload.get("change", {})}
    record(
        session,
        services.vault,
        context,
        Action.CONFIGURE,
        tenant_id=row.tenant_id,
        object_type="sign_on",
        object_id=row.id,
        payload={"sign_on": what, "organisation": row.organisation_id, "changed": changed, **rest},
    )


_ALL_ACTIVE = select(SignOnConnection).where(SignOnConnection.state == ACTIVE)
