"""Codes of an authenticator app (RFC 6238), each accepted once. Source: issue 6, PR10.1."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pyotp
from sqlalchemy import CursorResult, delete, select, update

from crypto.errors import CryptoError
from gateway.accounts.tables import Authenticator
from gateway.ids import new_id

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.accounts.tables import Account
    from gateway.vault.keys import Vault

ISSUER = "Dossierpoort"
SECONDS = 30
_DRIFT = (0, -1, 1)
"""Steps of half a minute that a telephone's clock may be off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What the app is given, as text to type and as the address in the QR picture."""

    secret: str = field(repr=False)
    address: str = field(repr=False)

    @property
    def spelled(self) -> str:
        """The secret in groups of four, to type over."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


def counter_at(now: datetime) -> int:
    """The number of the half minute."""
    return int(now.timestamp()) // SECONDS


def code_for(secret: str, counter: int) -> str:
    """The six digits of this half minute."""
    return str(pyotp.HOTP(secret).at(counter))


def store(session: Session, vault: Vault, account: Account, secret: str, now: datetime, *, confirmed: bool) -> None:
    """Keep a seed for this account, sealed; one that waits for its first code takes the place of an earlier one."""
    session.execute(
        delete(Authenticator).where(Authenticator.account_id == account.id, Authenticator.confirmed_at.is_(None))
    )
    made = new_id()
    sealed = vault.seal_json(session, account.id, f"totp:{made}", secret)
    confirmed_at = now if confirmed else None
    session.add(
        Authenticator(
            id=made, account_id=account.id, seed=sealed, made_at=now, confirmed_at=confirmed_at, last_counter=0
        )
    )
    session.flush()


def new_secret() -> str:
    """160 random bits in the alphabet of the apps."""
    return str(pyotp.random_base32())


def seed_of(secret: str, *, named: str) -> Seed:
    """The secret with its address; `named` is what the app shows beside the code."""
    return Seed(secret=secret, address=pyotp.TOTP(secret).provisioning_uri(name=named, issuer_name=ISSUER))


def waiting_secret(session: Session, vault: Vault, account_id: str) -> str | None:
    """The secret that still waits for its first code."""
    row = session.scalar(
        select(Authenticator).where(Authenticator.account_id == account_id, Authenticator.confirmed_at.is_(None))
    )
    return _secret(session, vault, row) if row is not None else None


def fits(session: Session, vault: Vault, account_id: str, code: str, now: datetime, *, waiting: bool = False) -> bool:
    """Tell whether this is the code of now, and use it up: the same code, or an older one, never fits again."""
    state = Authenticator.confirmed_at.is_(None) if waiting else Authenticator.confirmed_at.is_not(None)
    row = session.scalar(select(Authenticator).where(Authenticator.account_id == account_id, state))
    secret = _secret(session, vault, row) if row is not None else None
    if row is None or secret is None:
        return False
    at = counter_at(now)
    for counter in (at + drift for drift in _DRIFT):
        if pyotp.utils.strings_equal(code_for(secret, counter), code):
            used = update(Authenticator).where(Authenticator.id == row.id, Authenticator.last_counter < counter)
            result = cast("CursorResult[object]", session.execute(used.values(last_counter=counter)))
            return result.rowcount == 1
    return False


def confirm(session: Session, account_id: str, now: datetime) -> None:
    """The waiting app gave a right code: it counts from now on, and an earlier one no longer."""
    session.execute(
        delete(Authenticator).where(Authenticator.account_id == account_id, Authenticator.confirmed_at.is_not(None))
    )
    session.execute(update(Authenticator).where(Authenticator.account_id == account_id).values(confirmed_at=now))


def has_app(session: Session, account_id: str) -> bool:
    """Whether this account has an app that counts."""
    query = select(Authenticator.id).where(
        Authenticator.account_id == account_id, Authenticator.confirmed_at.is_not(None)
    )
    return session.scalar(query) is not None


def last_used(session: Session, vault: Vault, account_id: str, secret: str) -> int | None:
    """The half minute of the last code that was accepted from the app with this secret; None: it has another."""
    row = session.scalar(
        select(Authenticator).where(Authenticator.account_id == account_id, Authenticator.confirmed_at.is_not(None))
    )
    return row.last_counter if row is not None and _secret(session, vault, row) == secret else None


def remove(session: Session, account_id: str) -> None:
    """The account has no app any more."""
    session.execute(delete(Authenticator).where(Authenticator.account_id == account_id))


def _secret(session: Session, vault: Vault, row: Authenticator) -> str | None:
    try:
        return str(vault.open_json(session, row.account_id, f"totp:{row.id}", row.seed))
    except (LookupError, CryptoError):  # the account's key is gone: nobody passes, a reset is needed
        return None
