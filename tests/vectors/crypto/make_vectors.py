"""Make vectors.json: `python -m tests.vectors.crypto.make_vectors`. Fixed keys, salts and nonces: for vectors only.

Provenance: every sealed value is made by specification.py, which follows crypto/FORMAT.md and the public text of
c2sp.org/chunked-encryption and does not use the package. The tests open them with the package.
"""

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

from tests.vectors.crypto import specification as spec

TARGET = Path(__file__).with_name("vectors.json")
KEY, OTHER = bytes(range(32)), bytes(range(100, 132))
SALT, NONCE = bytes(range(24)), bytes(range(12))
HERE = {"purpose": "document", "organisation": "o1", "dossier": "d1", "document": "s1", "version": "2"}
SIZES = (0, 1, 16383, 16384, 16385, 32768)


def content(size: int) -> bytes:
    return hashlib.shake_128(b"content").digest(size)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def stream(name: str, sealed: bytes, *, size: int | None = None, key: bytes = KEY) -> dict[str, Any]:
    expect = {"expect": "DecryptError"} if size is None else {"expect": "opens", "size": size}
    return {"name": name, "key": key.hex(), "context": HERE, "sealed": b64(sealed), **expect}


def sealed_as(size: int = 40, **other: str) -> bytes:
    return spec.encode_stream(KEY, spec.context({**HERE, **other}), content(size), SALT)


def streams() -> list[dict[str, Any]]:
    small, border, two = sealed_as(), sealed_as(16384), sealed_as(32768)
    first, second = two[56 : 56 + 16400], two[56 + 16400 : 56 + 32800]
    opens = [stream(f"content of {size} bytes", sealed_as(size), size=size) for size in SIZES]
    wrong = {
        "no bytes at all": b"",
        "header only": small[:56],
        "last byte missing": small[:-1],
        "cut at a chunk border: the empty last chunk is missing": border[:-16],
        "whole last chunk and a full one missing": two[: 56 + 16400],
        "one byte after the end": small + b"\0",
        "the stream twice": small + small,
        "first bit of the salt flipped": bytes([small[0] ^ 128]) + small[1:],
        "last bit of the commitment flipped": small[:55] + bytes([small[55] ^ 1]) + small[56:],
        "one bit of the content flipped": small[:60] + bytes([small[60] ^ 1]) + small[61:],
        "last bit of the tag flipped": small[:-1] + bytes([small[-1] ^ 1]),
        "two chunks changed places": two[:56] + second + first + two[56 + 32800 :],
        "object of another document": sealed_as(document="s2"),
        "object of another dossier": sealed_as(dossier="d2"),
        "object of another organisation": sealed_as(organisation="o2"),
        "old version put back": sealed_as(version="1"),
        "sealed for another purpose": sealed_as(purpose="rendition"),
        "fields run into each other": sealed_as(document="", version="s12"),
    }
    return [*opens, *(stream(name, raw) for name, raw in wrong.items()), stream("another key", small, key=OTHER)]


def fields() -> list[dict[str, Any]]:
    good = spec.seal_field(KEY, spec.context(HERE), b"waarde", NONCE)
    elsewhere = spec.seal_field(KEY, spec.context({**HERE, "dossier": "d2"}), b"waarde", NONCE)
    cases = {
        "value": (good, b"waarde"),
        "empty value": (spec.seal_field(KEY, spec.context(HERE), b"", NONCE), b""),
        "other format byte": (b"\x02" + good[1:], None),
        "value of another dossier": (elsewhere, None),
        "cut": (good[:-1], None),
        "too short for a tag": (good[:20], None),
    }
    return [
        {
            "name": name,
            "key": KEY.hex(),
            "context": HERE,
            "sealed": b64(raw),
            "plain": None if plain is None else plain.decode(),
            "expect": "DecryptError" if plain is None else "opens",
        }
        for name, (raw, plain) in cases.items()
    ]


def wraps() -> list[dict[str, Any]]:
    good = spec.wrap(KEY, b"period.2", OTHER, spec.context(HERE), NONCE)
    elsewhere = spec.wrap(KEY, b"period.2", OTHER, spec.context({**HERE, "version": "1"}), NONCE)
    old = spec.wrap(KEY, b"period.1", OTHER, spec.context(HERE), NONCE)
    cases = {
        "wrap": (good, OTHER),
        "wrap of another version": (elsewhere, None),
        "wrap that names an older wrapping key": (old, None),
        "wrap that was renamed": (old.replace(b"period.1", b"period.2"), None),
        "cut": (good[:-1], None),
        "one byte more": (good + b"\0", None),
    }
    return [
        {
            "name": name,
            "wrapping_key": KEY.hex(),
            "wrapping_key_id": "period.2",
            "context": HERE,
            "wrapped": b64(raw),
            "key": key and key.hex(),
            "expect": "opens" if key else "DecryptError",
        }
        for name, (raw, key) in cases.items()
    ]


def keyring_files() -> list[dict[str, Any]]:
    """Files that a keyring refuses: each is the keyring of `keyring()` with one thing wrong."""
    root, good = bytes([6]) * 32, base64.b64decode(keyring()["file"])
    head = len(good.split(b"\n")[0]) + 1
    cases = {
        "other first line": good.replace(b"keyring-1", b"keyring-2", 1),
        "no bytes at all": b"",
        "first line only": good[:head],
        "last byte missing": good[:-1],
        "one byte after the end": good + b"\0",
        "first bit of the salt flipped": good[:head] + bytes([good[head] ^ 128]) + good[head + 1 :],
        "last bit of the tag flipped": good[:-1] + bytes([good[-1] ^ 1]),
        "a format that is not known": spec.keyring(root, bytes(32), b'{"format":2}'),
        "no JSON": spec.keyring(root, bytes(32), b"keyring"),
    }
    wrong = [{"name": name, "root_secret": root.hex(), "file": b64(raw)} for name, raw in cases.items()]
    other = {"name": "another root secret", "root_secret": bytes(32).hex(), "file": b64(good)}
    return [{**case, "expect": "KeyringError"} for case in (*wrong, other)]


def keyring() -> dict[str, Any]:
    """A keyring with one live, one superseded and one destroyed key, and what must follow from it."""
    live, superseded = bytes([7]) * 32, bytes([8]) * 32
    document = {
        "format": 1,
        "generation": 5,
        "installation": b64(bytes([9]) * 32),
        "keys": [
            ["aa.2", "o1", "2026Q4", 2, True, b64(live)],
            ["ab.1", "o1", "2026Q4", 1, False, b64(superseded)],
        ],
        "destroyed": [["ac.1", "o1", "2026Q3", 1, 4]],
        "signing": [],
        "copies": [["kluis", "2026-11-21", 3, None]],
    }
    root = bytes([6]) * 32
    bound = spec.context(HERE)
    token_key = spec.derived(live, b"token:bsn")
    installation_key = spec.derived(bytes([9]) * 32, b"installation-token:e-mail")
    return {
        "root_secret": root.hex(),
        "file": b64(spec.keyring(root, bytes(range(32)), json.dumps(document).encode())),
        "live_key_ids": ["aa.2", "ab.1"],
        "context": HERE,
        "wrap_by_live": b64(spec.wrap(spec.derived(live, b"wrap"), b"aa.2", OTHER, bound, NONCE)),
        "wrap_by_superseded": b64(spec.wrap(spec.derived(superseded, b"wrap"), b"ab.1", OTHER, bound, NONCE)),
        "wrap_by_destroyed": b64(spec.wrap(KEY, b"ac.1", OTHER, bound, NONCE)),
        "key": OTHER.hex(),
        "token": {
            "key_id": "aa.2",
            "purpose": "bsn",
            "value": "123456782",
            "token": hmac.digest(token_key, b"123456782", "sha256").hex(),
        },
        "installation_key": {
            "purpose": "backup",
            "key": spec.derived(bytes([9]) * 32, b"installation-key:backup").hex(),
        },
        "installation_token": {
            "purpose": "e-mail",
            "value": "ib@school.example",
            "token": hmac.digest(installation_key, b"ib@school.example", "sha256").hex(),
        },
        "copy_that_holds_the_destroyed_key": "kluis",
    }


# Sheets are random: these were made once by shamir-mnemonic 0.3.0, the reference implementation of SLIP-0039, of the
# bytes 0 to 31, any 2 of 3; the last one is of another set of the same secret.
SHEETS = (
    (
        "wildlife evoke academic acid anatomy pulse resident profile best picture exhaust class "
        "deliver adequate already tenant twice review usual thank lyrics tendency human oasis "
        "finger likely exclude juice escape desire quick penalty sweater"
    ),
    (
        "wildlife evoke academic agency apart voice lend acrobat math dryer modern repair "
        "civil exceed omit oven username pharmacy champion total index presence careful bucket "
        "wrote secret moisture petition crisis deal anxiety literary lizard"
    ),
    (
        "wildlife evoke academic always adjust drink shaped often memory family unknown kitchen "
        "beard olympic crazy install keyboard escape escape twin hesitate resident memory nuclear "
        "payment sidewalk trip ruler distance drug tricycle extend justice"
    ),
)
STRANGER = (
    "activity racism academic acid aquatic python ancestor early taxi hawk credit describe "
    "kernel warn width organize black overall percent browser paid mobile ordinary remind "
    "secret hearing filter plan smirk software software airport home"
)


def escrows() -> list[dict[str, Any]]:
    first, second, third = SHEETS
    mistyped = first.replace(first.split()[20], "acid")
    cases: dict[str, tuple[list[str], str | None]] = {
        "first and second sheet": ([first, second], KEY.hex()),
        "third and first sheet": ([third, first], KEY.hex()),
        "all sheets": ([*SHEETS], KEY.hex()),
        "four letters of each word": (
            [" ".join(word[:4] for word in sheet.split()) for sheet in (first, third)],
            KEY.hex(),
        ),
        "one sheet": ([first], None),
        "one sheet twice": ([first, first], None),
        "a sheet of another set": ([first, STRANGER], None),
        "a wrong word": ([mistyped, second], None),
        "a word that is in no list": ([first.replace(first.split()[9], "dossier"), second], None),
        "a word too few": ([first.rpartition(" ")[0], second], None),
    }
    expect = {None: "KeyringError"}
    return [
        {"name": name, "sheets": sheets, "root_secret": secret, "expect": expect.get(secret, "opens")}
        for name, (sheets, secret) in cases.items()
    ]


def vectors() -> str:
    made = {
        "content": "size bytes of SHAKE128 over the ASCII letters of: content",
        "streams": streams(),
        "fields": fields(),
        "wraps": wraps(),
        "keyring": keyring(),
        "keyring_files": keyring_files(),
        "escrows": escrows(),
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(vectors(), "utf-8")
    sys.stdout.write(f"{TARGET.name} written\n")
