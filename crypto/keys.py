"""Keys wrapped by other keys: each wrap is bound to its context and names the key that wrapped it."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.context import SealContext
from crypto.errors import CryptoError, DecryptError
from crypto.stream import KEY_SIZE, require_key

_FORMAT = b"\x01"
_LABEL = b"dossierpoort.wrap"
_NONCE = 12
_TAG = 16
_LONGEST_ID = 255


def wrap_key(wrapping_key: bytes, wrapping_key_id: str, key: bytes, context: SealContext) -> bytes:
    """Wrap a key of 32 bytes: format byte, id length, id (with its version), nonce, ciphertext with tag.

    `wrapping_key_id` must name the version too (`<id>.<version>`), ASCII, 1 to 255 characters.

    Source: issue 3, Keys (hierarchy).
    """
    header = _header(wrapping_key_id)
    nonce = os.urandom(_NONCE)
    wrapped = AESGCM(require_key(wrapping_key)).encrypt(nonce, require_key(key), _bound(header, context))
    return header + nonce + wrapped


def unwrap_key(wrapping_key: bytes, wrapping_key_id: str, wrapped: bytes, context: SealContext) -> bytes:
    """Give the wrapped key back, or raise `DecryptError` (also when another key than the named one wrapped it)."""
    header = _header(wrapping_key_id)
    if not wrapped.startswith(header) or len(wrapped) != len(header) + _NONCE + KEY_SIZE + _TAG:
        raise DecryptError
    nonce_end = len(header) + _NONCE
    try:
        return AESGCM(require_key(wrapping_key)).decrypt(
            wrapped[len(header) : nonce_end], wrapped[nonce_end:], _bound(header, context)
        )
    except InvalidTag as cause:
        raise DecryptError from cause


def wrapped_by(wrapped: bytes) -> str:
    """Tell the id and version of the wrapping key, not yet verified; `DecryptError` when this is no wrap."""
    if len(wrapped) < len(_FORMAT) + 1 or wrapped[:1] != _FORMAT:
        raise DecryptError
    end = 2 + wrapped[1]
    if end == 2 or len(wrapped) != end + _NONCE + KEY_SIZE + _TAG:  # noqa: PLR2004  two bytes: format and length
        raise DecryptError
    try:
        return wrapped[2:end].decode("ascii")
    except UnicodeDecodeError as cause:
        raise DecryptError from cause


def _header(wrapping_key_id: str) -> bytes:
    if not wrapping_key_id.isascii() or not 0 < len(wrapping_key_id) <= _LONGEST_ID:
        raise CryptoError("a wrapping key id must be 1 to 255 ASCII characters")
    return _FORMAT + bytes([len(wrapping_key_id)]) + wrapping_key_id.encode("ascii")


def _bound(header: bytes, context: SealContext) -> bytes:
    return _LABEL + header + context.encode()
