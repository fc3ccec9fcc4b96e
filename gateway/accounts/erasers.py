"""Accounts are of persons and not of a dossier; that of a family ends with the last dossier that it is linked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete

from gateway.accounts.tables import Account
from gateway.context import Role
from gateway.notices.erasers import forget_account
from gateway.vault.tables import SubjectKey
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

FAMILY = (Role.GUARDIAN.value, Role.PUPIL.value)


def erase_account(services: Services, session: Session, context: Context, account_id: str) -> bool:
    """Erase an account of a guardian or pupil with its keys, sessions and notices; false for anyone else's."""
    account = session.get(Account, account_id)
    if account is None or account.role not in FAMILY:
        return False
    forget_account(session, account_id)
    session.execute(delete(Account).where(Account.id == account_id))
    session.expunge(account)
    if session.get(SubjectKey, account_id) is not None:
        services.vault.forget_subject(session, account_id, now=context.now)
    return True


SHARE = Share(
    slice="accounts",
    of_accounts=(
        *("account", "authenticator", "factor_reset", "invitation_check", "known_device"),
        *("passkey", "passkey_challenge", "recovery_code", "sign_on_attempt", "sign_on_link", "signed_in"),
        *("single_use_link", "throttle"),
    ),
    of_nobody=("mail_domain", "organisation", "sign_on_connection", "sign_on_spent", "tenant"),
)
