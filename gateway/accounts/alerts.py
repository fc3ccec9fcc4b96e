"""Tries that went wrong, in the log and told to the owner when too often; and a device that is new to an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.accounts import people
from gateway.accounts.tables import Account, KnownDevice, SignedIn
from gateway.jobs import queue as jobs
from gateway.notices import outbox
from gateway.recording import Action, Outcome, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

_REF_BYTES = 16
_LINK = "/aangemeld"


def note_device(session: Session, services: Services, context: Context, token_hash: bytes) -> None:
    """Someone signed in: a kind of device on a network that this account never used is told to its owner.

    The first of all is not news. Kept is a keyed mark, from which neither device nor network can be read.
    """
    row = session.get_one(SignedIn, token_hash)
    seen = f"{row.account_id}:{row.device}:{row.network}".encode()
    mark = services.vault.keyring.installation_token("known-device", seen)
    known = session.get(KnownDevice, (row.account_id, mark))
    if known is not None:
        known.seen_at = context.now
        return
    others = session.scalar(select(func.count()).where(KnownDevice.account_id == row.account_id))
    session.add(KnownDevice(account_id=row.account_id, mark=mark, seen_at=context.now))
    if others:
        outbox.queue(
            session, services.vault, context, account_id=row.account_id, kind="new_device", link=_LINK,
            tenant_id=session.get_one(Account, row.account_id).tenant_id,
        )  # fmt: skip


def record_failure(
    session: Session,
    services: Services,
    context: Context,
    account: Account | None,
    payload: dict[str, str] | None = None,
) -> None:
    """A sign-in that failed, in the log: whose, when that is known, and how when that tells something."""
    record(
        session,
        services.vault,
        context,
        Action.SIGN_IN_FAILED,
        outcome=Outcome.REFUSED,
        tenant_id=account.tenant_id if account else None,
        object_type="account" if account else None,
        object_id=account.id if account else None,
        article="PR10.2",
        payload=payload,
    )


def note_failures(session: Session, services: Services, context: Context, email: str) -> None:
    """Too many wrong passwords for this address: the worker finds out whose it is, so that no time tells it here."""
    token = people.email_token(services.vault, email)
    jobs.enqueue(session, kind="failed-tries", ref=token[:_REF_BYTES].hex(), now=context.now)


def send_failures(services: Services, context: Context, ref: str) -> None:
    """Tell the owner of the address, when it has an account."""
    with services.db.writing() as session:
        account = people.by_token_start(session, bytes.fromhex(ref))
        if account is not None and account.active:
            tell_failures(session, services, context, account)


def tell_failures(session: Session, services: Services, context: Context, account: Account) -> None:
    """The notice itself, in the caller's transaction."""
    outbox.queue(
        session, services.vault, context, account_id=account.id, kind="failed_tries", link=_LINK,
        tenant_id=account.tenant_id,
    )  # fmt: skip
