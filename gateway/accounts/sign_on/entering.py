"""Someone came back from their provider: signed in, joined to their account, or refused with a sentence."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from gateway.accounts import alerts, sessions
from gateway.accounts.passwords import NO_PASSWORD
from gateway.accounts.sign_on import attempts, connections, links, provider, rules, tokens
from gateway.accounts.sign_on.attempts import INVITATION, LINK, SignOnError
from gateway.accounts.sign_on.provider import ProviderError, reach_of
from gateway.accounts.sign_on.tables import ACTIVE, SignOnConnection, SignOnLink
from gateway.accounts.tables import Account, Organisation, SignedIn, SingleUseLink, Tenant
from gateway.context import Role
from gateway.notices import outbox
from gateway.recording import Action, Outcome, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.accounts.sign_on.tables import SignOnAttempt
    from gateway.context import Context
    from gateway.services import Services

_MOST_CODE = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the browser brought from the provider."""

    state: str
    code: str
    issuer: str | None
    error: str
    browser: str
    device: str = ""
    session_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """How it ended: `token` of a new session (empty when who is signed in joined their account), and where to go on."""

    kind: str
    token: str
    goes_on: str


def come_back(services: Services, context: Context, organisation_id: str, answer: Answer) -> Came:
    """Judge what the provider sent, and do what the attempt was for.

    Raises:
        SignOnError: nothing was done; that it was tried stands in the log.
        ThrottledError: too many from this network.
    """
    attempt = attempts.take(services, context, organisation_id, state=answer.state, browser=answer.browser)
    with services.db.reading() as session:
        connection = session.get(SignOnConnection, attempt.connection_id)
    if connection is None or connection.state != ACTIVE:
        raise SignOnError("off")
    try:
        claims = _claims(services, context, connection, answer)
    except (ProviderError, tokens.TokenError) as error:
        code = error.code if isinstance(error, ProviderError) else "token"
        with services.db.writing() as session:
            _refused(session, services, context, connection, code, why=error.code)
        raise SignOnError(code) from error
    try:
        with services.db.writing() as session:
            return _done(session, services, context, connection, attempt, answer, claims)
    except SignOnError as refused:
        with services.db.writing() as session:
            _refused(session, services, context, connection, refused.code, claims=claims)
        raise


def _claims(services: Services, context: Context, connection: SignOnConnection, answer: Answer) -> dict[str, Any]:
    """What the provider says, checked; with what stands at its userinfo address when the token lacks what is asked."""
    reach = reach_of(services.settings)
    about = services.providers.about(reach, connection.issuer, context.now)
    if answer.issuer is not None or about.names_itself:
        named = (answer.issuer or "").encode()
        if not hmac.compare_digest(named, connection.issuer.encode()):  # RFC 9207: another provider's answer
            raise tokens.TokenError("issuer")
    if answer.error:
        raise ProviderError("stopped")
    if not 0 < len(answer.code) <= _MOST_CODE:
        raise ProviderError("code")
    token, access = provider.exchange(
        reach,
        about,
        connections.client_of(services.vault, connection),
        code=answer.code,
        verifier=attempts.verifier_of(services.vault, answer.state),
        redirect=attempts.callback(services, connection.organisation_id),
    )
    claims = services.providers.believed(
        reach,
        about,
        context.now,
        lambda keys: tokens.id_claims(
            token,
            keys,
            issuer=connection.issuer,
            client=connection.client,
            nonce=attempts.nonce_of(services.vault, answer.state),
            now=context.now,
        ),
    )
    asked = {claim for claim in (connection.member_claim, connection.affiliation_claim) if claim}
    if asked - set(claims):
        more = provider.more_claims(reach, about, access, claims["sub"])
        claims |= {name: more[name] for name in asked - set(claims) if name in more}
    return claims


def _done(
    session: Session,
    services: Services,
    context: Context,
    connection: SignOnConnection,
    attempt: SignOnAttempt,
    answer: Answer,
    claims: dict[str, Any],
) -> Came:
    now_active = session.get(SignOnConnection, connection.id, with_for_update={"read": True}, populate_existing=True)
    if now_active is None or now_active.state != ACTIVE:
        raise SignOnError("off")  # it was switched off while this person was on the way
    if attempt.purpose == LINK:
        account = _own_account(session, attempt, answer)
        _may(session, connection, account, claims)
        who = sessions.acting(context, account)
        links.make(session, services, who, connection, account, subject=claims["sub"], way="own")
        return Came(kind=LINK, token="", goes_on="/mijn-account")
    if attempt.purpose == INVITATION:
        account = _invited(session, context, attempt)
        _may(session, connection, account, claims)
        link = links.make(session, services, context, connection, account, subject=claims["sub"], way="invitation")
        account.password_hash = NO_PASSWORD
        outbox.forget_links(session, account.id)
    else:
        found = session.get(SignOnLink, links.subject_token(services.vault, connection, claims["sub"]))
        if found is None:
            raise SignOnError("unknown")
        account, link = session.get_one(Account, found.account_id), found
        _may(session, connection, account, claims)
    token = _start(session, services, context, connection, account, link, claims, answer.device)
    return Came(kind=attempt.purpose, token=token, goes_on=attempt.goes_on)


def _may(session: Session, connection: SignOnConnection, account: Account, claims: dict[str, Any]) -> None:
    """The account lives, belongs to an organisation that this provider speaks for, and its owner is a member there."""
    if not account.active:
        raise SignOnError("ended")
    if not connections.covers(session, connection, account):
        raise SignOnError("elsewhere")
    brin = session.get_one(Organisation, account.organisation_id).brin
    member = rules.is_member(
        claims, claim=connection.member_claim, values=rules.parts(connection.member_values), brin=brin
    )
    affiliated = rules.has_affiliation(
        claims, claim=connection.affiliation_claim, values=rules.parts(connection.affiliation_values)
    )
    if not member or not affiliated:
        raise SignOnError("not_member")


def _own_account(session: Session, attempt: SignOnAttempt, answer: Answer) -> Account:
    """The account of who is signed in here now, and asked for it in this very session."""
    running = session.query(SignedIn).filter_by(id=attempt.session_id).one_or_none() if attempt.session_id else None
    if running is None or answer.session_id != attempt.session_id or running.account_id != attempt.account_id:
        raise SignOnError("again")
    return session.get_one(Account, running.account_id)


def _invited(session: Session, context: Context, attempt: SignOnAttempt) -> Account:
    """The account that the invitation is for; it is used now."""
    link = (
        session.get(SingleUseLink, attempt.invitation_hash, with_for_update=True) if attempt.invitation_hash else None
    )
    if link is None or link.kind != "invitation" or link.used_at is not None or link.expires_at < context.now:
        raise SignOnError("invitation")
    account = session.get_one(Account, link.account_id)
    if account.password_hash is not None:
        raise SignOnError("invitation")
    session.execute(
        update(SingleUseLink).where(SingleUseLink.token_hash == link.token_hash).values(used_at=context.now)
    )
    return account


def _start(
    session: Session,
    services: Services,
    context: Context,
    connection: SignOnConnection,
    account: Account,
    link: SignOnLink,
    claims: dict[str, Any],
    device: str,
) -> str:
    role = Role(account.role)
    strong = rules.is_strong(claims, rules.parts(connection.strong), role) and _lately(
        services, session, context, account, claims
    )
    sid = claims.get("sid")
    link.used_at = context.now
    token = sessions.start(
        session,
        account.id,
        now=context.now,
        network=context.network,
        device=device,
        factor=rules.SIGN_ON if strong else None,
        link_id=link.id,
        provider_session=links.session_token(services.vault, connection, sid) if isinstance(sid, str) else None,
    )
    payload = {"step": rules.SIGN_ON, "connection": connection.id, "second_step": "there" if strong else "here"}
    record(
        session,
        services.vault,
        sessions.acting(context, account),
        Action.SIGN_IN,
        object_type="account",
        object_id=account.id,
        payload=payload,
    )
    session.flush()
    if strong or not sessions.waits(session, account):
        alerts.note_device(session, services, context, sessions.hash_of(token))
    return token


def _lately(services: Services, session: Session, context: Context, account: Account, claims: dict[str, Any]) -> bool:
    """Whether the sign-in at the provider, when it says when that was, is not older than a session may be."""
    at = claims.get("auth_time")
    if at is None:
        return True
    if isinstance(at, bool) or not isinstance(at, int | float):
        return False
    _, absolute = sessions.limits(services, session.get_one(Tenant, account.tenant_id))
    passed = context.now.timestamp() - at
    return -tokens.SKEW <= passed <= absolute / timedelta(seconds=1)


def _refused(
    session: Session,
    services: Services,
    context: Context,
    connection: SignOnConnection,
    code: str,
    *,
    why: str = "",
    claims: dict[str, Any] | None = None,
) -> None:
    """Write to the log that it was refused, why, and for whom when that is known."""
    account = None
    if claims is not None:
        found = session.get(SignOnLink, links.subject_token(services.vault, connection, claims["sub"]))
        account = session.get(Account, found.account_id) if found is not None else None
    record(
        session,
        services.vault,
        context,
        Action.SIGN_IN_FAILED,
        outcome=Outcome.REFUSED,
        tenant_id=connection.tenant_id,
        object_type="account" if account else "sign_on",
        object_id=account.id if account else connection.id,
        article="PR10.2",
        payload={"step": rules.SIGN_ON, "refused": code, **({"why": why} if why else {})},
    )
