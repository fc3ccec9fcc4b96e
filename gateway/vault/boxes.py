"""Small sealed things that belong to an organisation and not to a dossier.

Each has a key of its own, wrapped by the organisation's key of a named period.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from crypto.fields import open_field, seal_field
from crypto.stream import generate_key

if TYPE_CHECKING:
    from crypto.context import SealContext
    from crypto.keyring import Keyring

STANDING = "standing"
"""The period of what stays as long as the organisation does."""
_LENGTH = struct.Struct(">H")


def seal_box(keyring: Keyring, organisation_id: str, period: str, context: SealContext, plain: bytes) -> bytes:
    """Seal a small value: length of the wrap, the wrapped key, the sealed value."""
    key = generate_key()
    wrapped = keyring.wrap(keyring.ensure_period_key(organisation_id, period), key, context)
    return _LENGTH.pack(len(wrapped)) + wrapped + seal_field(key, context, plain)


def open_box(keyring: Keyring, context: SealContext, sealed: bytes) -> bytes:
    """Open what `seal_box` made in the same context.

    Raises:
        crypto.errors.CryptoError: another context, tampered with, or the period's key was destroyed.
    """
    (length,) = _LENGTH.unpack_from(sealed)
    key = keyring.unwrap(sealed[_LENGTH.size : _LENGTH.size + length], context)
    return open_field(key, context, sealed[_LENGTH.size + length :])
