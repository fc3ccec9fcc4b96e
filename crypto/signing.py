"""Ed25519 signatures by the gateway, with key ids and a purpose that is signed along. Verifying raises."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from crypto.errors import CryptoError, SignatureError

_LABEL = b"dossierpoort.signature\x01"
_LONGEST_PURPOSE = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public signing key as it is published; `raw` is the 32 bytes of Ed25519, `current` that it still signs."""

    key_id: str
    purpose: str
    raw: bytes
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature of 64 bytes and the id of the key that made it."""

    key_id: str
    value: bytes


def key_id_of(public_key: Ed25519PublicKey) -> str:
    """Give the id of a public key: the first 16 hexadecimal digits of the SHA-256 of its raw bytes."""
    return hashlib.sha256(public_key.public_bytes_raw()).hexdigest()[:16]


def sign(key: Ed25519PrivateKey, purpose: str, message: bytes) -> Signature:
    """Sign a message for one purpose; a signature never counts for another purpose.

    Source: issue 3, OpenPGP (signatures by the gateway).
    """
    return Signature(key_id=key_id_of(key.public_key()), value=key.sign(_signed(purpose, message)))


def verify(keys: Iterable[PublicKey], purpose: str, message: bytes, signature: Signature) -> PublicKey:
    """Give the key whose signature this is, or raise `SignatureError`.

    Only keys published for this purpose count; a key that no longer signs still verifies what it signed.
    """
    for key in keys:
        if key.key_id == signature.key_id and key.purpose == purpose:
            public = Ed25519PublicKey.from_public_bytes(key.raw)
            if key_id_of(public) != key.key_id:
                raise SignatureError("a published key does not have the id it is published under")
            try:
                public.verify(signature.value, _signed(purpose, message))
            except InvalidSignature as cause:
                raise SignatureError("the signature does not fit the message") from cause
            return key
    raise SignatureError("the signature is not from a key that is published for this purpose")


def publication(keys: Iterable[PublicKey]) -> dict[str, Any]:
    """Give the document for `/.well-known/dossierpoort-keys.json`: ready for JSON, keys as in RFC 8037."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "kid": key.key_id,
                "use": "sig",
                "x": base64.urlsafe_b64encode(key.raw).decode("ascii").rstrip("="),
                "purpose": key.purpose,
                "current": key.current,
            }
            for key in keys
        ]
    }


def _signed(purpose: str, message: bytes) -> bytes:
    name = purpose.encode("utf-8")
    if not 0 < len(name) <= _LONGEST_PURPOSE:
        raise CryptoError("a signature needs a purpose of 1 to 255 bytes")
    return _LABEL + bytes([len(name)]) + name + message
