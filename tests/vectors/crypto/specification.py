"""The formats of crypto/FORMAT.md a second time, written from their descriptions and not from the package.

Cobblestone-256 is written from the text of c2sp.org/chunked-encryption, with SHA-512 and AES-256-GCM. Nothing here is
quick or meant for use: it exists to disagree when the package changes.
"""

import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

CHUNK, TAG = 16384, 16


def context(fields: dict[str, str]) -> bytes:
    out = b"\x01"
    for name in ("purpose", "organisation", "dossier", "document", "version"):
        raw = fields.get(name, "").encode()
        out += struct.pack(">H", len(raw)) + raw
    return out


def _message_keys(key: bytes, salt: bytes, bound: bytes) -> tuple[bytes, bytes, bytes]:
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00" + salt + bound
    derived = HKDFExpand(algorithm=SHA512(), length=32 + 12 + 32, info=info).derive(key)
    return derived[:32], derived[32:44], derived[44:]


def _nonce(base: bytes, number: int) -> bytes:
    return bytes(a ^ b for a, b in zip(base, struct.pack(">4xQ", number), strict=True))


def decode_stream(key: bytes, bound: bytes, sealed: bytes) -> bytes:
    """Give the content, or raise (whatever: this decoder has no manners)."""
    message_key, base, commitment = _message_keys(key, sealed[:24], bound)
    if sealed[24:56] != commitment:
        raise ValueError("commitment")
    rest, plain, number = sealed[56:], [], 0
    while True:
        chunk, rest = rest[: CHUNK + TAG], rest[CHUNK + TAG :]
        plain.append(AESGCM(message_key).decrypt(_nonce(base, number), chunk, b""))
        number += 1
        if len(chunk) < CHUNK + TAG:
            if rest:
                raise ValueError("bytes after the end")
            return b"".join(plain)


def encode_stream(key: bytes, bound: bytes, plain: bytes, salt: bytes) -> bytes:
    message_key, base, commitment = _message_keys(key, salt, bound)
    out = [salt, commitment]
    for number in range(len(plain) // CHUNK + 1):
        part = plain[number * CHUNK : (number + 1) * CHUNK]
        out.append(AESGCM(message_key).encrypt(_nonce(base, number), part, b""))
    return b"".join(out)


def seal_field(key: bytes, bound: bytes, plain: bytes, nonce: bytes) -> bytes:
    return b"\x01" + nonce + AESGCM(key).encrypt(nonce, plain, b"dossierpoort.field\x01" + bound)


def wrap(wrapping_key: bytes, key_id: bytes, key: bytes, bound: bytes, nonce: bytes) -> bytes:
    header = b"\x01" + bytes([len(key_id)]) + key_id
    return header + nonce + AESGCM(wrapping_key).encrypt(nonce, key, b"dossierpoort.wrap" + header + bound)


def derived(secret: bytes, purpose: bytes) -> bytes:
    info = b"dossierpoort.period-key.v1:" + purpose
    return HKDF(algorithm=SHA256(), length=32, salt=bytes(32), info=info).derive(secret)


def keyring(root_secret: bytes, salt: bytes, document: bytes) -> bytes:
    magic = b"dossierpoort-keyring-1\n"
    info = b"dossierpoort.keyring-file.v1"
    key = HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(root_secret)
    return magic + salt + AESGCM(key).encrypt(bytes(12), document, magic)
