"""Ten codes on paper for who lost the app: each works once, and only a keyed hash of it is kept."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, cast

from sqlalchemy import CursorResult, delete, func, select, update

from gateway.accounts.tables import RecoveryCode

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.vault.keys import Vault

NUMBER = 10
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that looks like another on paper
_GROUPS, _IN_GROUP = 3, 4


def renew(session: Session, vault: Vault, account_id: str, now: datetime) -> tuple[str, ...]:
    """Make ten fresh codes; those of before stop working. They are shown once and kept nowhere."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = tuple(_new_code() for _ in range(NUMBER))
    session.add_all(
        RecoveryCode(code_hash=_hash(vault, account_id, code), account_id=account_id, made_at=now) for code in codes
    )
    return codes


def use(session: Session, vault: Vault, account_id: str, code: str, now: datetime) -> bool:
    """Tell whether this is an unused code of the account, and use it up."""
    one = update(RecoveryCode).where(
        RecoveryCode.code_hash == _hash(vault, account_id, code),
        RecoveryCode.account_id == account_id,
        RecoveryCode.used_at.is_(None),
    )
    return cast("CursorResult[object]", session.execute(one.values(used_at=now))).rowcount == 1


def left(session: Session, account_id: str) -> int:
    """How many codes still work."""
    query = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(query) or 0


def remove(session: Session, account_id: str) -> None:
    """No code of this account works any more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def plain(text: str) -> str:
    """A code as it is compared: how people type its dashes and capitals does not matter."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _new_code() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_IN_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _hash(vault: Vault, account_id: str, code: str) -> bytes:
    return vault.keyring.installation_token("recovery-code", f"{account_id}:{plain(code)}".encode())
