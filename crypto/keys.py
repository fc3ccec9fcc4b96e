"""Keys wrapped by other keys: each wrap is bound to its context and names the key that wrapped it."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.context import SealContext
from crypto.errors import CryptoError, DecryptError
from crypto.stream import KEY_SIZE, require_key

_FORMAT = b"\x01"
_LABEL = b"dossierpoort.wrap"
_BEFORE_ID = 2  # format byte and length of the id
_NONCE = 12
_TAG = 16
_LONGEST_ID = 255


class WrappingKey:
    """A key that wraps others, ready for use; `id` names it and its version (`<id>.<version>`, 1 to 255 ASCII)."""

    __slots__ = ("_aead", "_bound", "_header", "id")

    def __init__(self, key_id: str, key: bytes) -> None:
        if not key_id.isascii() or not 0 < len(key_id) <= _LONGEST_ID:
            raise CryptoError("a wrapping key id must be 1 to 255 ASCII characters")
        self.id = key_id
        self._aead = AESGCM(require_key(key))
        self._header = _FORMAT + bytes([len(key_id)]) + key_id.encode("ascii")
        self._bound = _LABEL + self._header

    def wrap(self, key: bytes, context: SealContext) -> bytes:
        """Wrap a key of 32 bytes: format byte, id length, id, random nonce, ciphertext with tag."""
        nonce = os.urandom(_NONCE)
        return self._header + nonce + self._aead.encrypt(nonce, require_key(key), self._bound + context.encode())

    def unwrap(self, wrapped: bytes, context: SealContext) -> bytes:
        """Give the wrapped key back, or raise `DecryptError` (also when another key than this one wrapped it)."""
        start = len(self._header)
        if not wrapped.startswith(self._header) or len(wrapped) != start + _NONCE + KEY_SIZE + _TAG:
            raise DecryptError
        nonce, sealed = wrapped[start : start + _NONCE], wrapped[start + _NONCE :]
        try:
            return self._aead.decrypt(nonce, sealed, self._bound + context.encode())
        except InvalidTag as cause:
            raise DecryptError from cause


def wrap_key(wrapping_key: bytes, wrapping_key_id: str, key: bytes, context: SealContext) -> bytes:
    """Wrap a key of 32 bytes, bound to its context; the wrap names `wrapping_key_id` (`<id>.<version>`).

    Source: issue 3, Keys (hierarchy).
    """
    return WrappingKey(wrapping_key_id, wrapping_key).wrap(key, context)


def unwrap_key(wrapping_key: bytes, wrapping_key_id: str, wrapped: bytes, context: SealContext) -> bytes:
    """Give the wrapped key back, or raise `DecryptError` (also when another key than the named one wrapped it)."""
    return WrappingKey(wrapping_key_id, wrapping_key).unwrap(wrapped, context)


def wrapped_by(wrapped: bytes) -> str:
    """Tell the id and version of the wrapping key, not yet verified; `DecryptError` when this is no wrap."""
    if len(wrapped) < _BEFORE_ID or wrapped[:1] != _FORMAT:
        raise DecryptError
    end = _BEFORE_ID + wrapped[1]
    key_id = wrapped[_BEFORE_ID:end]
    if not key_id or not key_id.isascii() or len(wrapped) != end + _NONCE + KEY_SIZE + _TAG:
        raise DecryptError
    return key_id.decode("ascii")
