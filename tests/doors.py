"""Ways in for tests: a session made straight in the table, and the codes of the demo's apps.

Most tests are about what happens behind the door; the road through it has tests of its own (`test_second_step`,
the main road in the browser).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import update

from gateway import demo
from gateway.accounts import people, sessions, totp
from gateway.accounts.tables import Authenticator

if TYPE_CHECKING:
    from datetime import datetime

    from flask.testing import FlaskClient

    from gateway.services import Services


def session_for(services: Services, email: str, *, factor: str | None = "totp", **more: Any) -> str:
    """A session of this account, with a second factor of just now; returns its token."""
    with services.db.writing() as session:
        account = people.by_email(session, services.vault, email)
        assert account is not None, email
        return sessions.start(session, account.id, now=services.clock(), factor=factor, **more)


def let_in(client: FlaskClient, services: Services, email: str, **more: Any) -> None:
    """Put the cookie of such a session in this client."""
    token = session_for(services, email, **more)
    with client.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = token, True


def cookie_for(services: Services, email: str, **more: Any) -> str:
    """The value of the session cookie that belongs to such a session."""
    app = Flask("doors")
    app.secret_key = services.settings.cookie_secret
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    return str(signer.dumps({"_user_id": session_for(services, email, **more), "_fresh": True}))


def code(email: str, now: datetime) -> str:
    """The code of the app of a demo account."""
    return totp.code_for(demo.seed_of(email), totp.counter_at(now))


def fresh_code(services: Services, email: str) -> str:
    """The code of now, that counts also when it was used before: clocks stand still in tests."""
    with services.db.writing() as session:
        session.execute(update(Authenticator).values(last_counter=0))
    return code(email, services.clock())
