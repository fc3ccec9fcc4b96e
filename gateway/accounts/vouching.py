"""Two people say something on the command line, each with their own password and the code of their own app.

A name is no proof: whoever has a shell could name any two. Source: issue 10 (two people), PR10.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import alerts, passwords, people, throttle, totp
from gateway.accounts.rules import normalise_email
from gateway.accounts.tables import Account, Authenticator
from gateway.context import Role
from gateway.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

NEEDED = frozenset({Role.ADMINISTRATOR.value, Role.PRIVACY_OFFICER.value})
NOT_THESE = (
    "Nothing was done. It takes two people with an account here, an administrator and a privacy officer, each with the "
    "right password and the code that their app shows now."
)
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """Who speaks, and what proves it: password and code are used once and kept nowhere."""

    email: str
    password: str = field(repr=False)
    code: str = field(repr=False)


def two_people(services: Services, context: Context, vouchers: Sequence[Voucher]) -> list[Account]:
    """The administrator and the privacy officer who speak, each proved; every try is counted, and a wrong one logged.

    A code of an app fits only within a minute and a half: so it says too that this clock and theirs agree.

    Raises:
        InvalidInputError: the same sentence whatever was wrong.
        ThrottledError: too many tries.
    """
    found = [_proved(services, context, each) for each in vouchers]
    accounts = [each for each in found if each is not None]
    if len(accounts) != len(vouchers) or len(vouchers) != len(NEEDED) or {each.role for each in accounts} != NEEDED:
        raise InvalidInputError(NOT_THESE)
    return accounts


def _proved(services: Services, context: Context, voucher: Voucher) -> Account | None:
    with services.db.writing() as session:  # of its own: a try stays counted
        throttle.count_try(
            session, services.vault, throttle.SIGN_IN_ACCOUNT, normalise_email(voucher.email), context.now
        )
    with services.db.writing() as session:
        account = people.by_email(session, services.vault, voucher.email)
        stored = account.password_hash if account is not None and account.active else None
        right = passwords.matches(voucher.password, stored)  # as long for an unknown address
        if account is not None and right and _code_fits(session, services, context, account.id, voucher.code):
            return account
        alerts.record_failure(session, services, context, account)
    return None


def _code_fits(session: Session, services: Services, context: Context, account_id: str, code: str) -> bool:
    """Whether it is the code of now; where the last one was used on a clock that stood ahead, that one counts no more.

    Between the two lies more than a day: so no code that was ever used can be the code of this half minute.
    """
    row = session.scalar(
        select(Authenticator).where(Authenticator.account_id == account_id, Authenticator.confirmed_at.is_not(None))
    )
    if row is None:
        return False
    before, now = row.last_counter, totp.counter_at(context.now)
    if before > now + _AHEAD.total_seconds() // totp.SECONDS:
        row.last_counter = 0
        session.flush()
    fits = totp.fits(session, services.vault, account_id, "".join(code.split()), context.now)
    if not fits:
        session.refresh(row)
        row.last_counter = before
    return fits
