"""Signing in and out, ending, and new passwords. One public function is one use case is one commit."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, select, update

from gateway.accounts import alerts, passwords, people, sessions, throttle
from gateway.accounts.breached import is_breached
from gateway.accounts.rules import (
    ORGANISATION_KINDS,
    SESSION_HOURS,
    Person,
    is_brin,
    normalise_email,
    password_problem,
    plain,
)
from gateway.accounts.sign_on import attempts, links
from gateway.accounts.tables import (
    Account,
    FactorReset,
    KnownDevice,
    Organisation,
    PasskeyChallenge,
    SignedIn,
    SingleUseLink,
)
from gateway.context import Actor, Context, Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.notices import outbox
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services

INVITATION_VALID = timedelta(days=7)
DEVICE_KEPT = timedelta(days=365)
RESET_KEPT = timedelta(days=90)
"""How long a request stays; that it was made and decided stands in the log."""
_STAFF = {Role.SWV_STAFF.value, Role.CONTACT_PERSON.value}  # either can do the open work of the other
SAME_ANSWER = sentence("Het e-mailadres of het wachtwoord klopt niet.")


def sign_in(services: Services, context: Context, *, email: str, password: str, device: str = "") -> str:
    """Check a password and start a session; returns the session's token, which is kept nowhere else.

    The session waits for the second step when the account has one, or must have one (`sessions.resume` tells).

    Raises:
        InvalidInputError: the same sentence for an unknown address, a wrong password and an ended account; another only
            for a right password where the organisation demands single sign-on.
        ThrottledError: too many tries on this account or from this network.
    Source: PR10.2.
    """
    with services.db.writing() as session:
        # Counted in a transaction of its own: a refused try must stay counted.
        throttle_error = _count_sign_in(session, services, context, email)
    if throttle_error is not None:
        raise throttle_error
    with services.db.reading() as session:
        account = people.by_email(session, services.vault, email)
        stored = account.password_hash if account is not None and account.active else None
    fits = passwords.matches(password, stored)
    with services.db.writing() as session:
        token, problem = "", SAME_ANSWER
        if account is None or not fits:
            alerts.record_failure(session, services, context, account)
        elif links.must_sign_on(session, account):
            alerts.record_failure(session, services, context, account, {"refused": "sign-on demanded"})
            problem = links.SIGN_ON_ONLY
        else:
            token = _start(session, services, context, account, email=email, password=password, device=device)
    if not token:
        raise InvalidInputError(problem)
    return token


def _count_sign_in(session: Session, services: Services, context: Context, email: str) -> Exception | None:
    from gateway.errors import ThrottledError  # noqa: PLC0415 - only this function handles it

    error: Exception | None = None
    for limit, subject in (
        (throttle.SIGN_IN_ACCOUNT, normalise_email(email)),
        (throttle.SIGN_IN_NETWORK, context.network or "?"),
    ):
        try:
            throttle.count_try(session, services.vault, limit, subject, context.now)
        except ThrottledError as refused:
            error = refused
            if refused.first:  # once in a window: a flood of tries must not flood the log (ADR 0012)
                if limit is throttle.SIGN_IN_ACCOUNT:
                    alerts.note_failures(session, services, context, email)
                account = people.by_email(session, services.vault, email)
                alerts.record_failure(session, services, context, account, {"throttled": limit.purpose})
    return error


def _start(
    session: Session, services: Services, context: Context, account: Account, *, email: str, password: str, device: str
) -> str:
    stored = session.get_one(Account, account.id)
    if stored.password_hash and passwords.needs_rehash(stored.password_hash):
        stored.password_hash = passwords.hash_password(password)
    throttle.forget(session, services.vault, throttle.SIGN_IN_ACCOUNT, normalise_email(email))
    token = sessions.start(session, stored.id, now=context.now, network=context.network, device=device)
    record(
        session,
        services.vault,
        sessions.acting(context, stored),
        Action.SIGN_IN,
        object_type="account",
        object_id=stored.id,
        payload={"step": "password"},
    )
    if not sessions.waits(session, stored):
        session.flush()
        alerts.note_device(session, services, context, sessions.hash_of(token))
    return token


def sign_out(services: Services, context: Context, token: str) -> None:
    """End this session at once."""
    with services.db.writing() as session:
        session.execute(delete(SignedIn).where(SignedIn.token_hash == sessions.hash_of(token)))
        if context.actor is not None:
            record(session, services.vault, context, Action.SIGN_OUT)


def add_organisation(
    services: Services, context: Context, *, kind: str, name: str, brin: str | None, parent_id: str | None
) -> str:
    """An administrator adds an organisation to the tenant; returns its id. Source: GR5."""
    actor = administrator(context)
    name = name.strip()
    if not name:
        raise InvalidInputError("Vul de naam van de organisatie in.", field="name")
    if kind not in ORGANISATION_KINDS:
        raise InvalidInputError("Kies een soort organisatie uit de lijst.", field="kind")
    brin = (brin or "").strip().upper() or None
    if kind == "school" and (brin is None or not is_brin(brin)):
        raise InvalidInputError("Een BRIN heeft vier tekens en een vestigingsnummer, zoals 99ZX00.", field="brin")
    with services.db.writing() as session:
        if brin and session.scalar(
            select(Organisation.id).where(Organisation.tenant_id == actor.tenant_id, Organisation.brin == brin)
        ):
            raise ConflictError("Er is al een organisatie met dit BRIN.")
        if parent_id and not _is_board(session, actor, parent_id):
            raise InvalidInputError("Kies een schoolbestuur uit de lijst.", field="parent_id")
        organisation = Organisation(
            tenant_id=actor.tenant_id, kind=kind, name=name, brin=brin, parent_id=parent_id or None
        )
        session.add(organisation)
        session.flush()
        record(
            session,
            services.vault,
            context,
            Action.CONFIGURE,
            object_type="organisation",
            object_id=organisation.id,
            payload={"changed": {"kind": [None, kind], "name": [None, name], "brin": [None, brin]}},
        )
        return organisation.id


def _is_board(session: Session, actor: Actor, organisation_id: str) -> bool:
    found = session.get(Organisation, organisation_id)
    return found is not None and (found.tenant_id, found.kind) == (actor.tenant_id, "school_board")


def end_account(services: Services, context: Context, account_id: str) -> None:
    """An account and all its sessions stop at once. What was done with it stays in the log."""
    with services.db.writing() as session:
        close_account(services, session, context, account_id)


def close_account(
    services: Services, session: Session, context: Context, account_id: str, *, successor_id: str | None = None
) -> Account:
    """End an account in the caller's transaction; who takes over its open work is kept with it.

    Raises:
        ConflictError: an administrator's own account, or one that ended before.
        NotFoundError: it is another tenant's, or the successor is not an active colleague.
    """
    actor = administrator(context)
    if account_id == actor.account_id:
        raise ConflictError("U kunt uw eigen account niet beëindigen. Vraag een andere beheerder.")
    own_account(session, actor, account_id)
    account = session.get_one(Account, account_id, with_for_update=True, populate_existing=True)
    if not account.active:
        raise ConflictError("Dit account is al beëindigd.")
    if _is_last_officer(session, account):
        raise ConflictError("Dit is de enige privacyfunctionaris. Nodig eerst een andere uit.")
    if successor_id is not None and successor_id not in {row.id for row in colleagues(session, account)}:
        raise NotFoundError
    before = "active" if account.password_hash is not None else "invited"
    account.active = False
    account.ended_at = context.now
    account.successor_id = successor_id
    session.execute(delete(SignedIn).where(SignedIn.account_id == account.id))
    session.execute(delete(SingleUseLink).where(SingleUseLink.account_id == account.id))
    record(
        session,
        services.vault,
        context,
        Action.PERMISSION,
        object_type="account",
        object_id=account.id,
        payload={"changed": {"state": [before, "ended"], "successor": [None, successor_id]}},
    )
    return account


def _is_last_officer(session: Session, account: Account) -> bool:
    """Whether nobody would be left to look at what administrators do."""
    if account.role != Role.PRIVACY_OFFICER.value or account.password_hash is None:
        return False
    others = select(Account.id).where(
        Account.tenant_id == account.tenant_id,
        Account.role == account.role,
        Account.active,
        Account.id != account.id,
        Account.password_hash.is_not(None),
    )
    return session.scalars(others.limit(1)).first() is None


def colleagues(session: Session, account: Account) -> list[Account]:
    """Who can take over someone's open work: the other active people of the organisation in the same kind of work."""
    roles = {account.role}
    if account.role in _STAFF:
        roles = _STAFF
    query = select(Account).where(
        Account.organisation_id == account.organisation_id,
        Account.active,
        Account.id != account.id,
        Account.role.in_(roles),
        Account.password_hash.is_not(None),
    )
    return list(session.scalars(query))


def link_holder(services: Services, context: Context, *, kind: str, token: str) -> Person:
    """Whose link this is, for the page that asks a password.

    Raises:
        NotFoundError: unknown, used or expired; the page says what to do.
    """
    with services.db.writing() as session:
        throttle.count_try(session, services.vault, throttle.LINK, context.network or "?", context.now)
    with services.db.reading() as session:
        account = linked_account(session, kind, token, context.now)
        return people.person_or_nameless(session, services.vault, account)


def invited_account(services: Services, context: Context, token: str) -> Account:
    """The account that an invitation is for.

    Raises:
        NotFoundError: unknown, used or expired; the page says what to do.
    """
    with services.db.writing() as session:
        throttle.count_try(session, services.vault, throttle.LINK, context.network or "?", context.now)
        return linked_account(session, "invitation", token, context.now)


def set_password(services: Services, context: Context, *, kind: str, token: str, password: str) -> None:
    """Use the link, once: sets the password and ends all older sessions and links of the account."""
    with services.db.writing() as session:
        account = linked_account(session, kind, token, context.now)
        problem = password_problem(password, person=people.person_or_nameless(session, services.vault, account))
        if problem is None and is_breached(services.settings.breached_passwords, password):
            problem = sentence("Dit wachtwoord staat op een lijst van gelekte wachtwoorden. Kies een ander.")
        if problem is not None:
            raise InvalidInputError(problem, field="password")
        account.password_hash = passwords.hash_password(password)
        session.execute(
            update(SingleUseLink).where(SingleUseLink.token_hash == sessions.hash_of(token)).values(used_at=context.now)
        )
        others = SingleUseLink.account_id == account.id, SingleUseLink.used_at.is_(None)
        session.execute(delete(SingleUseLink).where(*others))  # an older mail must not open the account again
        session.execute(delete(SignedIn).where(SignedIn.account_id == account.id))
        outbox.forget_links(session, account.id)
        record(
            session,
            services.vault,
            context,
            Action.PERMISSION,
            tenant_id=account.tenant_id,
            object_type="account",
            object_id=account.id,
            payload={"password": "set", "by": kind},
        )


def choose_language(services: Services, context: Context, language: str) -> None:
    """Remember the language of the signed-in person."""
    with services.db.writing() as session:
        session.get_one(Account, context.person.account_id).language = "en" if language == "en" else "nl"


def sweep(services: Services, now: datetime) -> None:
    """Remove sessions, links and counters that ended; the worker calls this."""
    absolute = timedelta(hours=max(services.settings.session_hours, SESSION_HOURS[1]))
    with services.db.writing() as session:
        session.execute(delete(SignedIn).where(SignedIn.started_at < now - absolute))
        session.execute(delete(SingleUseLink).where(SingleUseLink.expires_at < now - timedelta(days=30)))
        session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < now))
        session.execute(delete(KnownDevice).where(KnownDevice.seen_at < now - DEVICE_KEPT))
        session.execute(delete(FactorReset).where(FactorReset.asked_at < now - RESET_KEPT))
        attempts.sweep(session, now)
        throttle.sweep(session, now)


def administrator(context: Context) -> Actor:
    """The administrator who acts; anyone else is refused."""
    actor = context.person
    if actor.role is not Role.ADMINISTRATOR:
        raise RefusedError("Alleen een beheerder kan dit doen.", article="PR10.2")
    return actor


def own_account(session: Session, actor: Actor, account_id: str) -> Account:
    """An account of the actor's tenant; another's does not exist."""
    account = session.get(Account, account_id)
    if account is None or account.tenant_id != actor.tenant_id:
        raise NotFoundError
    return account


def checked_person(person: Person) -> Person:
    """The person with a name and a well-formed address, or the sentence that says which is missing."""
    name, function = plain(person.name), plain(person.function)
    if not name:
        raise InvalidInputError("Vul de naam in.", field="name")
    try:
        email = validate_email(person.email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise InvalidInputError("Dit is geen geldig e-mailadres.", field="email") from error
    return Person(name=name, email=normalise_email(email), function=function)


def make_link(session: Session, context: Context, *, kind: str, account: Account, valid: timedelta) -> str:
    """Make a single-use link and give its token; only the token's hash is kept."""
    token = secrets.token_urlsafe(32)
    session.add(
        SingleUseLink(
            token_hash=sessions.hash_of(token),
            kind=kind,
            account_id=account.id,
            made_by=context.actor.account_id if context.actor else None,
            made_at=context.now,
            expires_at=context.now + valid,
        )
    )
    return token


def linked_account(session: Session, kind: str, token: str, now: datetime) -> Account:
    """The account that a link is for, or NotFoundError: unknown, used, expired, or the account ended."""
    link = session.get(SingleUseLink, sessions.hash_of(token), with_for_update=True)
    if link is None or link.kind != kind or link.used_at is not None or link.expires_at < now:
        raise NotFoundError("Deze link werkt niet meer. Vraag een nieuwe aan.")
    account = session.get(Account, link.account_id)
    if account is None or not account.active:
        raise NotFoundError("Deze link werkt niet meer. Vraag een nieuwe aan.")
    return account
