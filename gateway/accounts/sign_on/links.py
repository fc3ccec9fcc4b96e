"""Which account belongs to whom at a provider: found, made, ended; and whether someone must sign in that way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from gateway.accounts.passwords import NO_PASSWORD
from gateway.accounts.sign_on import connections
from gateway.accounts.sign_on.attempts import SignOnError
from gateway.accounts.sign_on.tables import SignOnLink
from gateway.accounts.tables import Account, SignedIn
from gateway.context import Role
from gateway.errors import ConflictError, NotFoundError
from gateway.notices import outbox
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.accounts.sign_on.tables import SignOnConnection
    from gateway.context import Context
    from gateway.services import Services
    from gateway.vault.keys import Vault

SIGN_ON_ONLY = sentence("Uw organisatie vraagt dat u zich aanmeldt met uw organisatie. Kies dat hieronder.")
_MINE = "/mijn-account"


def subject_token(vault: Vault, connection: SignOnConnection, subject: str) -> bytes:
    """By what a person at a provider is found: bound to organisation and issuer, and worth nothing without our key."""
    place = f"{connection.organisation_id}\n{connection.issuer}\n{subject}"
    return vault.keyring.installation_token("sign-on-subject", place.encode())


def session_token(vault: Vault, connection: SignOnConnection, sid: str) -> bytes:
    """By what a session at a provider is found again when it ends there."""
    place = f"{connection.organisation_id}\n{connection.issuer}\n{sid}"
    return vault.keyring.installation_token("sign-on-session", place.encode())


def of_account(session: Session, account_id: str) -> SignOnLink | None:
    """The link of an account."""
    return session.scalar(select(SignOnLink).where(SignOnLink.account_id == account_id))


def must_sign_on(session: Session, account: Account) -> bool:
    """Whether someone may sign in at their organisation only: it demands so, and their account is joined to it.

    Never an administrator, who has to be able to switch it off when the provider is away; and nobody who could not
    get in that way either.
    """
    if Role(account.role) is Role.ADMINISTRATOR:
        return False
    connection = connections.active_for(session, account)
    link = of_account(session, account.id)
    return (
        connection is not None
        and connection.required
        and link is not None
        and (link.organisation_id, link.issuer) == (connection.organisation_id, connection.issuer)
    )


def make(
    session: Session,
    services: Services,
    context: Context,
    connection: SignOnConnection,
    account: Account,
    *,
    subject: str,
    way: str,
) -> SignOnLink:
    """Join an account to a person at a provider, in the caller's transaction; its owner is told.

    Raises:
        SignOnError: that person is joined to another account already.
    """
    token = subject_token(services.vault, connection, subject)
    known = session.get(SignOnLink, token)
    if known is not None and known.account_id != account.id:
        raise SignOnError("linked")
    session.execute(delete(SignOnLink).where(SignOnLink.account_id == account.id))
    link = SignOnLink(
        subject=token,
        organisation_id=connection.organisation_id,
        account_id=account.id,
        issuer=connection.issuer,
        way=way,
        made_at=context.now,
    )
    session.add(link)
    session.flush()
    _tell(session, services, context, account, "made", way)
    outbox.queue(
        session, services.vault, context, account_id=account.id, kind="sign_on_linked", link=_MINE,
        tenant_id=account.tenant_id,
    )  # fmt: skip
    return link


def end_own(services: Services, context: Context) -> None:
    """End one's own link.

    Raises:
        ConflictError: there is none, one could not sign in any more, or the organisation demands it.
    """
    with services.db.writing() as session:
        account = session.get_one(Account, context.person.account_id)
        if account.password_hash == NO_PASSWORD:
            raise ConflictError("U hebt nog geen wachtwoord. Vraag eerst een nieuw wachtwoord aan; daarna kan dit.")
        if must_sign_on(session, account):
            raise ConflictError("Uw organisatie vraagt dat u zich zo aanmeldt. Bel de beheerder als dat niet meer kan.")
        _end(session, services, context, account, "owner")


def end_of(services: Services, context: Context, organisation_id: str, account_id: str) -> None:
    """An administrator ends the link of someone who cannot sign in that way any more; they are told."""
    with services.db.writing() as session:
        account = session.get(Account, account_id)
        link = of_account(session, account_id)
        if context.person.role is not Role.ADMINISTRATOR or account is None or link is None:
            raise NotFoundError
        if account.tenant_id != context.person.tenant_id or link.organisation_id != organisation_id:
            raise NotFoundError
        _end(session, services, context, account, "administrator")


def _end(session: Session, services: Services, context: Context, account: Account, by: str) -> None:
    link = of_account(session, account.id)
    if link is None:
        raise ConflictError("Er is geen koppeling met uw organisatie.")
    session.execute(delete(SignedIn).where(SignedIn.link_id == link.id))
    session.delete(link)
    _tell(session, services, context, account, "ended", by)
    outbox.queue(
        session, services.vault, context, account_id=account.id, kind="sign_on_unlinked", link=_MINE,
        tenant_id=account.tenant_id,
    )  # fmt: skip


def _tell(session: Session, services: Services, context: Context, account: Account, what: str, way: str) -> None:
    record(
        session,
        services.vault,
        context,
        Action.PERMISSION,
        tenant_id=account.tenant_id,
        object_type="account",
        object_id=account.id,
        payload={"changed": {"sign_on_link": [None, what]}, "by": way},
    )
