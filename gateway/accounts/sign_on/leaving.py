"""Signed out at the provider is signed out here (back-channel), and the other way round when people want that."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from gateway.accounts import throttle
from gateway.accounts.sign_on import connections, links, tokens
from gateway.accounts.sign_on.attempts import SignOnError, about
from gateway.accounts.sign_on.provider import ProviderError, reach_of
from gateway.accounts.sign_on.tables import SignOnConnection, SignOnLink, SignOnSpent
from gateway.accounts.tables import SignedIn
from gateway.errors import InvalidInputError, NotFoundError
from gateway.recording import Action, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

_KEPT = timedelta(seconds=tokens.MOST_OLD + 2 * tokens.SKEW + 60)


def signed_out_there(services: Services, context: Context, organisation_id: str, token: str) -> None:
    """End the sessions that were begun by the sign-in that ended at the provider.

    Raises:
        NotFoundError: this organisation signs in nowhere else.
        InvalidInputError: the token is not believed, or was used before.
        ThrottledError: too many from this network.
    Source: OpenID Connect Back-Channel Logout 1.0.
    """
    with services.db.reading() as session:
        connection = connections.active(session, organisation_id)
    if connection is None:
        raise NotFoundError
    if not token:
        raise InvalidInputError("Dit is geen bewijs van afmelden.")
    with services.db.writing() as session:
        throttle.count_try(session, services.vault, throttle.SIGN_ON_LOGOUT, context.network or "?", context.now)
    try:
        reach = reach_of(services.settings)
        provider = services.providers.about(reach, connection.issuer, context.now)
        claims = services.providers.believed(
            reach,
            provider,
            context.now,
            lambda keys: tokens.logout_claims(
                token, keys, issuer=connection.issuer, client=connection.client, now=context.now
            ),
        )
    except (ProviderError, tokens.TokenError) as error:
        raise InvalidInputError("Dit is geen bewijs van afmelden.") from error
    try:
        with services.db.writing() as session:
            session.add(SignOnSpent(mark=_mark(connection, claims["jti"]), expires_at=context.now + _KEPT))
            session.flush()
            _end(session, services, context, connection, claims)
    except IntegrityError as error:  # the same token a second time
        raise InvalidInputError("Dit is geen bewijs van afmelden.") from error


def _end(
    session: Session, services: Services, context: Context, connection: SignOnConnection, claims: dict[str, Any]
) -> None:
    query = select(SignedIn)
    subject, sid = claims.get("sub"), claims.get("sid")
    if subject:
        link = session.get(SignOnLink, links.subject_token(services.vault, connection, subject))
        query = query.where(SignedIn.link_id == (link.id if link is not None else ""))
    if sid:
        query = query.where(SignedIn.provider_session == links.session_token(services.vault, connection, sid))
    ended = list(session.scalars(query))
    session.execute(delete(SignedIn).where(SignedIn.id.in_([row.id for row in ended])))
    for account_id in sorted({row.account_id for row in ended}):
        record(
            session,
            services.vault,
            context,
            Action.SIGN_OUT,
            tenant_id=connection.tenant_id,
            object_type="account",
            object_id=account_id,
            payload={"sign_on": "signed out at the organisation", "connection": connection.id},
        )


def sign_out_address(services: Services, context: Context, link_id: str | None) -> str | None:
    """Where who signed in at a provider can sign out there too; None when it offers no such place or is away.

    No token goes along, which would put data of a person in an address: the provider asks its visitor.
    """
    if link_id is None:
        return None
    with services.db.reading() as session:
        link = session.scalar(select(SignOnLink).where(SignOnLink.id == link_id))
        connection = connections.active(session, link.organisation_id) if link is not None else None
    if connection is None or link is None or link.issuer != connection.issuer:
        return None
    try:
        provider = about(services, connection, context.now)
    except SignOnError:
        return None
    if not provider.end_session:
        return None
    back = f"{services.settings.base_url.rstrip('/')}/aanmelden"
    query = urlencode({"client_id": connection.client, "post_logout_redirect_uri": back})
    return f"{provider.end_session}{'&' if '?' in provider.end_session else '?'}{query}"


def _mark(connection: SignOnConnection, jti: str) -> bytes:
    return hashlib.sha256(f"{connection.organisation_id}\n{connection.issuer}\n{jti}".encode()).digest()
