"""The signed-in person as flask-login keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_login import UserMixin

from gateway.accounts import people

if TYPE_CHECKING:
    from gateway.accounts.sessions import Running
    from gateway.accounts.tables import Account
    from gateway.context import Actor


class SignedInUser(UserMixin):  # type: ignore[misc] # flask-login ships no types
    """The account of a running session; its id is the session's token, so that ending the row ends the session.

    While the second step is not taken this is nobody to all pages, but those that say `half`.
    """

    def __init__(self, token: str, running: Running) -> None:
        self.token = token
        self.running = running

    @property
    def is_authenticated(self) -> bool:
        """Whether this session may be used: a right password alone is not enough for whom needs a second step."""
        return self.running.complete

    @property
    def account(self) -> Account:
        """Whose session this is."""
        return self.running.account

    @property
    def actor(self) -> Actor:
        """The actor that this account is."""
        return people.actor_of(self.account)

    def get_id(self) -> str:
        """The session's token."""
        return self.token
