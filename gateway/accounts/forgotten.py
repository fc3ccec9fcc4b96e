"""A forgotten password: the request does the same work for every address, the worker finds out whose it is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.accounts import people, throttle
from gateway.accounts.rules import normalise_email
from gateway.accounts.usecases import make_link
from gateway.errors import ThrottledError
from gateway.jobs import queue as jobs
from gateway.notices import outbox
from gateway.recording import Action, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

PASSWORD_LINK_VALID = timedelta(hours=2)
_REF_BYTES = 16


def ask(services: Services, context: Context, *, email: str) -> None:
    """Promise a new-password link, if the address has an account: nobody can tell from answer or time whether it has.

    An address gets three an hour at most, wherever they are asked: nobody fills a mailbox through us.

    Raises:
        ThrottledError: too many from this network.
    Source: issue 2 (same answer for unknown addresses).
    """
    with services.db.writing() as session:
        throttle.count_try(session, services.vault, throttle.FORGOTTEN, context.network or "?", context.now)
        token = people.email_token(services.vault, email)
        if _may_mail(session, services, email, context):
            jobs.enqueue(session, kind="password", ref=token[:_REF_BYTES].hex(), now=context.now)
        record(session, services.vault, context, Action.PERMISSION, payload={"password_link": "asked"})


def _may_mail(session: Session, services: Services, email: str, context: Context) -> bool:
    try:
        throttle.count_try(session, services.vault, throttle.FORGOTTEN_ACCOUNT, normalise_email(email), context.now)
    except ThrottledError:
        return False
    return True


def send_link(services: Services, context: Context, ref: str) -> None:
    """Make the link and its notice when the address that was asked for has an account with a password."""
    with services.db.writing() as session:
        account = people.by_token_start(session, bytes.fromhex(ref))
        if account is None or not account.active or account.password_hash is None:
            return
        token = make_link(session, context, kind="password", account=account, valid=PASSWORD_LINK_VALID)
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account.id,
            kind="password",
            link=f"/nieuw-wachtwoord/{token}",
            tenant_id=account.tenant_id,
        )
        record(
            session,
            services.vault,
            context,
            Action.PERMISSION,
            tenant_id=account.tenant_id,
            object_type="account",
            object_id=account.id,
            payload={"password_link": "sent"},
        )
