"""Argon2id, and the same time for a wrong password as for an unknown address."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()
NO_PASSWORD = "!"  # noqa: S105 - no password: that is the point
"""Stands where the hash would be for who joined by single sign-on and never chose a password: nothing fits it."""
_NOBODY = _HASHER.hash("the password of an account that does not exist")


def hash_password(password: str) -> str:
    """Hash a password with argon2id at the library's recommended cost."""
    return _HASHER.hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Tell whether the password fits; takes as long when there is nothing to fit."""
    if stored == NO_PASSWORD:
        stored = None
    try:
        _HASHER.verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Tell whether the cost was raised since this hash was made."""
    return _HASHER.check_needs_rehash(stored)
