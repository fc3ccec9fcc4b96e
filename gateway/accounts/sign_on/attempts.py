"""On the way to the provider and back: what goes along, and that it comes back once, in time, in the same browser."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sqlalchemy import delete

from gateway.accounts import throttle
from gateway.accounts.sign_on import connections
from gateway.accounts.sign_on.provider import ProviderError, reach_of
from gateway.accounts.sign_on.rules import AMR, TROUBLE, parts
from gateway.accounts.sign_on.tables import SignOnAttempt, SignOnConnection, SignOnSpent
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.accounts.sign_on.provider import Provider
    from gateway.context import Context
    from gateway.services import Services
    from gateway.vault.keys import Vault

VALID = timedelta(minutes=10)
SIGN_IN, LINK, INVITATION = "sign-in", "link", "invitation"


class SignOnError(GatewayError):
    """Signing in at the organisation did not work; `code` is one of `rules.TROUBLE`."""

    status = 400

    def __init__(self, code: str) -> None:
        super().__init__(TROUBLE[code])
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where someone is sent, and to whom."""

    url: str
    organisation: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What coming back is for: signing in, joining one's own account, or using an invitation."""

    kind: str
    session_id: str | None = None
    account_id: str | None = None
    invitation_hash: bytes | None = None
    goes_on: str = "/"


def begin(services: Services, context: Context, connection: SignOnConnection, purpose: Purpose, browser: str) -> Way:
    """The address at the provider; `browser` is a secret that only this browser keeps.

    Raises:
        SignOnError: the provider cannot be asked. ThrottledError: too many from this network.
    """
    with services.db.writing() as session:
        throttle.count_try(session, services.vault, throttle.SIGN_ON_NETWORK, context.network or "?", context.now)
    provider = about(services, connection, context.now)
    state = secrets.token_urlsafe(32)
    with services.db.writing() as session:
        session.add(
            SignOnAttempt(
                state_hash=_hash(state),
                connection_id=connection.id,
                organisation_id=connection.organisation_id,
                browser_hash=_hash(browser),
                purpose=purpose.kind,
                session_id=purpose.session_id,
                account_id=purpose.account_id,
                invitation_hash=purpose.invitation_hash,
                goes_on=purpose.goes_on[:500],
                expires_at=context.now + VALID,
            )
        )
        organisation = connections.name_of(session, connection.organisation_id)
    query = {
        "response_type": "code",
        "client_id": connection.client,
        "redirect_uri": callback(services, connection.organisation_id),
        "scope": "openid",
        "state": state,
        "nonce": nonce_of(services.vault, state),
        "code_challenge": _base64(hashlib.sha256(verifier_of(services.vault, state).encode()).digest()),
        "code_challenge_method": "S256",
    }
    if asked := [one for one in parts(connection.strong) if not one.startswith(AMR)]:
        query["acr_values"] = " ".join(asked)
    joined = "&" if "?" in provider.authorize else "?"
    host = provider.authorize.split("/", 3)[2]
    return Way(url=f"{provider.authorize}{joined}{urlencode(query)}", organisation=organisation, host=host)


def take(services: Services, context: Context, organisation_id: str, *, state: str, browser: str) -> SignOnAttempt:
    """The attempt that this answer belongs to: spent by looking at it.

    Raises:
        SignOnError: unknown, used, too late, of another organisation, or begun in another browser.
    """
    with services.db.writing() as session:
        throttle.count_try(session, services.vault, throttle.SIGN_ON_NETWORK, context.network or "?", context.now)
    with services.db.writing() as session:
        row = session.get(SignOnAttempt, _hash(state), with_for_update=True) if state else None
        if row is not None:
            session.delete(row)
    same = row is not None and bool(browser) and hmac.compare_digest(row.browser_hash, _hash(browser))
    if row is None or not same or row.organisation_id != organisation_id or row.expires_at < context.now:
        raise SignOnError("again")
    return row


def about(services: Services, connection: SignOnConnection, now: datetime) -> Provider:
    """What the provider of a connection says of itself.

    Raises:
        SignOnError: it cannot be asked.
    """
    try:
        return services.providers.about(reach_of(services.settings), connection.issuer, now)
    except ProviderError as error:
        raise SignOnError(error.code) from error


def callback(services: Services, organisation_id: str) -> str:
    """Where the provider sends people back to: one address an organisation, so that providers are not mixed up."""
    return f"{services.settings.base_url.rstrip('/')}/aanmelden/organisatie/{organisation_id}/terug"


def nonce_of(vault: Vault, state: str) -> str:
    """What the ID token must repeat."""
    return _base64(vault.keyring.installation_token("sign-on-nonce", state.encode()))


def verifier_of(vault: Vault, state: str) -> str:
    """What proves that who brings the code also asked for it; not to be found from the state without our key."""
    return _base64(vault.keyring.installation_token("sign-on-verifier", state.encode()))


def sweep(session: Session, now: datetime) -> None:
    """Remove what has passed."""
    session.execute(delete(SignOnAttempt).where(SignOnAttempt.expires_at < now))
    session.execute(delete(SignOnSpent).where(SignOnSpent.expires_at < now))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
