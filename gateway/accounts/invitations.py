"""Inviting people. Who invites never sees the link, and an address that nobody vouched for waits for a second person.

Else an administrator could be anyone: invite a teacher at an address of their own, and read what that school sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from gateway.accounts import people
from gateway.accounts.invitation_tables import InvitationCheck, MailDomain
from gateway.accounts.rules import ROLES_OF_KIND, Person, has_odd_letters, is_public_mail, mail_domain
from gateway.accounts.tables import Account, Organisation, SignedIn, SingleUseLink
from gateway.accounts.usecases import INVITATION_VALID, administrator, checked_person, make_link, own_account
from gateway.context import Actor, Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.notices import outbox
from gateway.recording import Action, record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

CONFIRMERS = (Role.ADMINISTRATOR, Role.PRIVACY_OFFICER)
"""Who is the second person. An account in one of these roles always waits: else one person would make both."""
DESK = "/inrichting/uitnodigingen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An invitation that waits, as the second person sees it; `asked_by` is None for the operator of the server."""

    account_id: str
    person: Person
    role: str
    organisation: str
    domain: str
    may_trust: bool
    odd: bool
    asked_by: Person | None
    asked_at: datetime
    note: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A mail domain that was vouched for."""

    organisation_id: str
    organisation: str
    domain: str
    confirmed_at: datetime


def invite(services: Services, context: Context, *, organisation_id: str, role: Role, person: Person) -> str | None:
    """An administrator invites someone by mail; returns the link's token, or None while it waits for a second person.

    The token is for the mail alone: no page shows it. An address that is in use at another SWV gets the same answer;
    its owner reads that somebody invited them.

    Raises:
        ConflictError: the own SWV has an account with this address.
    Source: PR8.1, PR10.2, issue 6.
    """
    actor = administrator(context)
    person = checked_person(person)
    with services.db.writing() as session:
        organisation = session.get(Organisation, organisation_id)
        if organisation is None or organisation.tenant_id != actor.tenant_id:
            raise NotFoundError
        if role not in ROLES_OF_KIND.get(organisation.kind, ()):
            raise InvalidInputError("Deze rol past niet bij deze organisatie.", field="role")
        known = people.by_email(session, services.vault, person.email)
        if known is not None and known.tenant_id == actor.tenant_id:
            raise ConflictError("Er is al een account met dit e-mailadres.")
        if _may_go(session, actor, organisation, role, person):
            said = {"unconfirmed": "first_of_its_kind"} if role in CONFIRMERS else None
            return invite_into(
                session, services, context, organisation=organisation, role=role, person=person, payload=said
            )[1]
        account = _create(session, services, context, organisation=organisation, role=role, person=person)
        put_to_second_person(session, services, context, account, asked_by=actor.account_id)
    return None


def invite_into(
    session: Session,
    services: Services,
    context: Context,
    *,
    organisation: Organisation,
    role: Role,
    person: Person,
    payload: dict[str, Any] | None = None,
) -> tuple[Account, str]:
    """Make an account with its invitation in the caller's transaction; returns it with the link's token."""
    account = _create(session, services, context, organisation=organisation, role=role, person=person)
    said = {"changed": _appears(account, "invited"), **(payload or {})}
    return account, _send(session, services, context, account, said)


def invite_expert(
    session: Session, services: Services, context: Context, *, organisation: Organisation, person: Person
) -> Account:
    """Invite an expert whom a partner named over its line, in the caller's transaction; the partner asked, nobody here.

    An address whose domain nobody vouched for waits for a second person, as when an administrator invites.
    """
    said = {"asked_by": organisation.id}
    if session.get(MailDomain, (organisation.id, mail_domain(person.email))) is not None:
        return invite_into(
            session, services, context, organisation=organisation, role=Role.EXPERT, person=person, payload=said
        )[0]
    account = _create(session, services, context, organisation=organisation, role=Role.EXPERT, person=person)
    put_to_second_person(session, services, context, account, asked_by=organisation.id, payload=said)
    return account


def is_waiting(session: Session, account_id: str) -> bool:
    """Whether an account's invitation waits for a second person, or was refused by one."""
    check = session.get(InvitationCheck, account_id)
    return check is not None and check.state != "confirmed"


def invite_again(services: Services, context: Context, account_id: str) -> str:
    """Mail a fresh invitation link and return its token, for the mail alone; the old one stops working."""
    actor = administrator(context)
    with services.db.writing() as session:
        account = own_account(session, actor, account_id)
        if not account.active:
            raise ConflictError("Dit account is beëindigd.")
        if account.password_hash is not None:
            raise ConflictError("Deze persoon heeft de uitnodiging al gebruikt.")
        check = session.get(InvitationCheck, account_id)
        if check is not None and check.state != "confirmed":
            raise ConflictError("Deze uitnodiging wacht op een tweede persoon.")
        session.execute(delete(SingleUseLink).where(SingleUseLink.account_id == account.id))
        outbox.forget_links(session, account.id)
        return _send(session, services, context, account, {"changed": {"link": ["old", "new"]}})


def waiting(services: Services, context: Context) -> list[Waiting]:
    """What waits for a second person in this tenant, oldest first."""
    actor = _confirmer(context)
    with services.db.reading() as session:
        query = (
            select(InvitationCheck, Account, Organisation)
            .join(Account, Account.id == InvitationCheck.account_id)
            .join(Organisation, Organisation.id == Account.organisation_id)
            .where(InvitationCheck.tenant_id == actor.tenant_id, InvitationCheck.state == "waiting", Account.active)
            .order_by(InvitationCheck.asked_at, InvitationCheck.account_id)
        )
        rows = session.execute(query).all()
        ids = [each for check, account, _ in rows for each in (account.id, check.asked_by)]
        persons = people.names_of(session, services.vault, ids)
        return [
            _line(services, session, actor, check, account, organisation, persons)
            for check, account, organisation in rows
            if account.id in persons
        ]


def decide(services: Services, context: Context, account_id: str, *, approve: bool, trust: bool = False) -> None:
    """Another person than who asked lets the invitation go, or ends it; `trust` vouches for the address's domain too.

    Raises:
        NotFoundError: there is no such invitation in this tenant.
        ConflictError: it was decided, the actor asked for it, or nobody vouches for a domain like this one.
    """
    actor = _confirmer(context)
    with services.db.writing() as session:
        check = session.get(InvitationCheck, account_id, with_for_update=True)
        account = session.get(Account, account_id)
        if check is None or account is None or check.tenant_id != actor.tenant_id:
            raise NotFoundError
        if check.state != "waiting" or not account.active:
            raise ConflictError("Hierover is al beslist.")
        if not _may_decide(actor, check, account):
            raise ConflictError("Een ander dan wie uitnodigt, moet dit bevestigen.")
        check.state, check.decided_by, check.decided_at = (
            "confirmed" if approve else "refused",
            actor.account_id,
            context.now,
        )
        changed: dict[str, Any] = {"state": ["waiting", "invited" if approve else "ended"]}
        said = {"changed": changed, "asked_by": check.asked_by or "operator"}
        if approve and trust:
            domain = mail_domain(people.person_of(session, services.vault, account).email)
            _vouch(session, context, account.organisation_id, domain)
            changed["mail_domain"] = [None, domain]
        if approve:
            _send(session, services, context, account, said)
            return
        account.active, account.ended_at = False, context.now
        session.execute(delete(SignedIn).where(SignedIn.account_id == account.id))
        _log(session, services, context, account, Action.PERMISSION, said)


def domains(services: Services, context: Context) -> list[Domain]:
    """The mail domains that were vouched for in this tenant."""
    actor = _confirmer(context)
    with services.db.reading() as session:
        query = (
            select(MailDomain, Organisation)
            .join(Organisation, Organisation.id == MailDomain.organisation_id)
            .where(Organisation.tenant_id == actor.tenant_id)
            .order_by(Organisation.name, MailDomain.domain)
        )
        return [
            Domain(
                organisation_id=organisation.id,
                organisation=organisation.name,
                domain=row.domain,
                confirmed_at=row.confirmed_at,
            )
            for row, organisation in session.execute(query)
        ]


def distrust(services: Services, context: Context, organisation_id: str, domain: str) -> None:
    """Vouch for a domain no longer: invitations to it wait again. One person may, for it only narrows."""
    actor = _confirmer(context)
    with services.db.writing() as session:
        organisation = session.get(Organisation, organisation_id)
        row = session.get(MailDomain, (organisation_id, domain))
        if organisation is None or organisation.tenant_id != actor.tenant_id:
            raise NotFoundError
        if row is None:
            return  # pressing the button twice is no mistake
        session.delete(row)
        record(
            session,
            services.vault,
            context,
            Action.CONFIGURE,
            object_type="organisation",
            object_id=organisation_id,
            payload={"changed": {"mail_domain": [domain, None]}},
        )


def put_to_second_person(
    session: Session,
    services: Services,
    context: Context,
    account: Account,
    *,
    asked_by: str | None,
    payload: dict[str, Any] | None = None,
    note: str = "",
) -> None:
    """Let an account wait, without a link, until a second person says yes; tells everyone who can."""
    sealed = services.vault.seal_json(session, account.id, "invitation-note", note) if note else None
    session.add(
        InvitationCheck(
            account_id=account.id,
            tenant_id=account.tenant_id,
            asked_by=asked_by,
            asked_at=context.now,
            note=sealed,
            state="waiting",
        )
    )
    said = {"changed": _appears(account, "waiting")}
    _log(session, services, context, account, Action.INVITE, {**said, **(payload or {})})
    for other in _confirmers(session, account.tenant_id):
        if other not in {asked_by, account.id}:
            outbox.queue(
                session,
                services.vault,
                context,
                account_id=other,
                kind="invitation_waiting",
                link=DESK,
                tenant_id=account.tenant_id,
            )


def _may_go(session: Session, actor: Actor, organisation: Organisation, role: Role, person: Person) -> bool:
    """Whether an invitation needs nobody else.

    The first second person of a tenant has nobody who could confirm them. Whoever was ever invited counts, also who
    left: else an administrator ended the officer's account and made one of their own.
    """
    if role in CONFIRMERS:
        roles = [each.value for each in CONFIRMERS]
        others = select(Account.id).where(
            Account.tenant_id == actor.tenant_id, Account.role.in_(roles), Account.id != actor.account_id
        )
        return session.scalars(others.limit(1)).first() is None
    return session.get(MailDomain, (organisation.id, mail_domain(person.email))) is not None


def _create(
    session: Session, services: Services, context: Context, *, organisation: Organisation, role: Role, person: Person
) -> Account:
    """Make the account; one whose address another SWV has already can be found by nobody and never opens.

    Looked at again here: of two at once the second may see the first only now.
    """
    taken = people.by_email(session, services.vault, person.email)
    if taken is not None and taken.tenant_id == organisation.tenant_id:
        raise ConflictError("Er is al een account met dit e-mailadres.")
    return people.create(
        session,
        services.vault,
        organisation=organisation,
        role=role,
        person=person,
        now=context.now,
        findable=taken is None,
    )


def _appears(account: Account, state: str) -> dict[str, Any]:
    return {"role": [None, account.role], "organisation": [None, account.organisation_id], "state": [None, state]}


def _send(session: Session, services: Services, context: Context, account: Account, payload: dict[str, Any]) -> str:
    token = make_link(session, context, kind="invitation", account=account, valid=INVITATION_VALID)
    _log(session, services, context, account, Action.INVITE, payload)
    person = people.person_of(session, services.vault, account)
    theirs = people.by_email(session, services.vault, person.email)
    mine = theirs is not None and theirs.id == account.id
    # Who has an account elsewhere is told so, by the same work; nobody gets the link.
    outbox.queue(
        session,
        services.vault,
        context,
        account_id=account.id,
        kind="invitation" if mine else "invitation_elsewhere",
        link=f"/uitnodiging/{token}" if mine else "/",
        tenant_id=account.tenant_id,
    )
    return token


def _vouch(session: Session, context: Context, organisation_id: str, domain: str) -> None:
    if is_public_mail(domain):
        raise ConflictError(
            "Bij deze aanbieder kan iedereen een adres nemen. Bevestig de uitnodiging zonder het domein te vertrouwen."
        )
    if session.get(MailDomain, (organisation_id, domain)) is None:
        session.add(
            MailDomain(
                organisation_id=organisation_id,
                domain=domain,
                confirmed_by=context.person.account_id,
                confirmed_at=context.now,
            )
        )


def _confirmer(context: Context) -> Actor:
    actor = context.person
    if actor.role not in CONFIRMERS:
        raise NotFoundError
    return actor


def _may_decide(actor: Actor, check: InvitationCheck, account: Account) -> bool:
    """Not who asked, nor who is invited; what the operator asks is for the other of the two roles."""
    if check.asked_by is None:
        return actor.role.value != account.role
    return actor.account_id not in {check.asked_by, account.id}


def _confirmers(session: Session, tenant_id: str) -> list[str]:
    query = select(Account.id).where(
        Account.tenant_id == tenant_id, Account.active, Account.role.in_([each.value for each in CONFIRMERS])
    )
    return list(session.scalars(query))


def _line(
    services: Services,
    session: Session,
    actor: Actor,
    check: InvitationCheck,
    account: Account,
    organisation: Organisation,
    persons: dict[str, Person],
) -> Waiting:
    domain = mail_domain(persons[account.id].email)
    note = services.vault.open_json(session, account.id, "invitation-note", check.note) if check.note else ""
    return Waiting(
        account_id=account.id,
        person=persons[account.id],
        role=account.role,
        organisation=organisation.name,
        domain=domain,
        odd=has_odd_letters(persons[account.id].email),
        may_trust=not is_public_mail(domain) and Role(account.role) not in CONFIRMERS,
        asked_by=_asker(check, organisation, persons),
        asked_at=check.asked_at,
        note=note,
        own=not _may_decide(actor, check, account),
    )


def _asker(check: InvitationCheck, organisation: Organisation, persons: dict[str, Person]) -> Person | None:
    if check.asked_by == organisation.id:  # over the line
        return Person(name=organisation.name, email="", function="")
    return persons.get(check.asked_by, people.NAMELESS) if check.asked_by else None


def _log(
    session: Session, services: Services, context: Context, account: Account, action: Action, payload: dict[str, Any]
) -> None:
    record(
        session,
        services.vault,
        context,
        action,
        tenant_id=account.tenant_id,
        object_type="account",
        object_id=account.id,
        payload=payload,
    )
