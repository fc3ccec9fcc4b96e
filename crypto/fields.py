"""Small values sealed one by one: AES-256-GCM with the context as associated data."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.context import SealContext
from crypto.errors import DecryptError
from crypto.stream import require_key

_FORMAT = b"\x01"
_LABEL = b"dossierpoort.field"
_NONCE = 12
_TAG = 16


def seal_field(key: bytes, context: SealContext, plain: bytes) -> bytes:
    """Seal one value: format byte, random nonce of 96 bits, ciphertext with tag (29 bytes more than the value).

    One key may seal up to 2^32 values (the bound for random nonces); a key per dossier stays far below it.

    Source: issue 3, Keys (fields).
    """
    nonce = os.urandom(_NONCE)
    return _FORMAT + nonce + AESGCM(require_key(key)).encrypt(nonce, plain, _bound(context))


def open_field(key: bytes, context: SealContext, sealed: bytes) -> bytes:
    """Open one sealed value, or raise `DecryptError`."""
    require_key(key)
    if sealed[:1] != _FORMAT or len(sealed) < 1 + _NONCE + _TAG:
        raise DecryptError
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], _bound(context))
    except InvalidTag as cause:
        raise DecryptError from cause


def _bound(context: SealContext) -> bytes:
    return _LABEL + _FORMAT + context.encode()
