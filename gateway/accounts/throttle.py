"""Throttled tries per account and per network, counted in a table that all workers share. Source: PR10.1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from gateway.accounts.tables import Throttle
from gateway.errors import ThrottledError
from gateway.sentences import counted

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.vault.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `tries` in `window`, for one purpose."""

    purpose: str
    tries: int
    window: timedelta


SIGN_IN_ACCOUNT = Limit(purpose="sign-in-account", tries=10, window=timedelta(minutes=15))
SIGN_IN_NETWORK = Limit(purpose="sign-in-network", tries=60, window=timedelta(minutes=15))
FORGOTTEN = Limit(purpose="forgotten", tries=5, window=timedelta(hours=1))
FORGOTTEN_ACCOUNT = Limit(purpose="forgotten-account", tries=3, window=timedelta(hours=1))
FACTOR = Limit(purpose="factor", tries=6, window=timedelta(minutes=15))
FACTOR_NETWORK = Limit(purpose="factor-network", tries=120, window=timedelta(minutes=15))
PASSKEY_NETWORK = Limit(purpose="passkey-network", tries=120, window=timedelta(minutes=15))
LINK = Limit(purpose="link", tries=30, window=timedelta(minutes=15))
SIGN_ON_NETWORK = Limit(purpose="sign-on-network", tries=120, window=timedelta(minutes=15))
SIGN_ON_LOGOUT = Limit(purpose="sign-on-logout", tries=600, window=timedelta(minutes=15))
SIGN_ON_TRY = Limit(purpose="sign-on-try", tries=20, window=timedelta(minutes=15))


def count_try(session: Session, vault: Vault, limit: Limit, subject: str, now: datetime) -> None:
    """Count one try, and refuse when there were too many in this window.

    Raises:
        ThrottledError: with the seconds until the window ends. The try is counted all the same.
    """
    start = _window_start(limit, now)
    key = vault.keyring.installation_token(f"throttle:{limit.purpose}", subject.encode())
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgres_insert
    upsert = insert(Throttle).values(key=key, window_start=start, tries=1)
    upsert = upsert.on_conflict_do_update(
        index_elements=[Throttle.key, Throttle.window_start], set_={"tries": Throttle.tries + 1}
    )
    session.execute(upsert)
    tries = session.scalar(select(Throttle.tries).where(Throttle.key == key, Throttle.window_start == start))
    if (tries or 0) > limit.tries:
        wait = int((start + limit.window - now).total_seconds()) + 1
        minutes = max(1, round(wait / 60))
        raise ThrottledError(
            counted(
                "Er is te vaak geprobeerd. Wacht %(num)d minuut en probeer het dan opnieuw.",
                "Er is te vaak geprobeerd. Wacht %(num)d minuten en probeer het dan opnieuw.",
                minutes,
            ),
            retry_after=wait,
            first=tries == limit.tries + 1,
        )


def forget(session: Session, vault: Vault, limit: Limit, subject: str) -> None:
    """Start afresh for this subject: it proved itself."""
    key = vault.keyring.installation_token(f"throttle:{limit.purpose}", subject.encode())
    session.execute(delete(Throttle).where(Throttle.key == key))


def sweep(session: Session, now: datetime) -> int:
    """Remove windows that ended more than a day ago; returns how many."""
    result = session.execute(delete(Throttle).where(Throttle.window_start < now - timedelta(days=1)))
    return int(getattr(result, "rowcount", 0))


def _window_start(limit: Limit, now: datetime) -> datetime:
    seconds = int(limit.window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
