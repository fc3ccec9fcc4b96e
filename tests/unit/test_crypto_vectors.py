"""The package opens, or refuses, what a second implementation of its formats made."""

import base64
import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from crypto import escrow, fields, keys, stream
from crypto.context import SealContext
from crypto.errors import DecryptError, KeyDestroyed, KeyringError
from crypto.keyring import FileKeyring
from crypto.keyring_file import open_state, root_material
from tests.vectors.crypto import make_vectors, specification

EXPECTED = {"DecryptError": DecryptError, "KeyringError": KeyringError}
VECTORS = json.loads(make_vectors.TARGET.read_text("utf-8"))


def named(cases: list[dict]) -> list:
    return [pytest.param(case, id=case["name"]) for case in cases]


def raw(text: str) -> bytes:
    return base64.b64decode(text)


def test_the_vectors_are_what_their_script_makes() -> None:
    assert make_vectors.TARGET.read_text("utf-8") == make_vectors.vectors()


@pytest.mark.parametrize("case", named(VECTORS["streams"]))
def test_stream(case: dict) -> None:
    key, context, sealed = bytes.fromhex(case["key"]), SealContext(**case["context"]), raw(case["sealed"])
    assert context.encode() == specification.context(case["context"])
    if case["expect"] == "opens":
        content = hashlib.shake_128(b"content").digest(case["size"])
        assert stream.open_bytes(key, context, sealed) == content
        assert stream.plain_size(len(sealed)) == case["size"]
    else:
        with pytest.raises(EXPECTED[case["expect"]]):
            stream.open_bytes(key, context, sealed)
        with pytest.raises(Exception):  # noqa: B017  the second decoder refuses in whatever way
            specification.decode_stream(key, context.encode(), sealed)


@pytest.mark.parametrize("case", named(VECTORS["fields"]))
def test_field(case: dict) -> None:
    key, context = bytes.fromhex(case["key"]), SealContext(**case["context"])
    if case["expect"] != "opens":
        with pytest.raises(EXPECTED[case["expect"]]):
            fields.open_field(key, context, raw(case["sealed"]))
    else:
        assert fields.open_field(key, context, raw(case["sealed"])) == case["plain"].encode()


@pytest.mark.parametrize("case", named(VECTORS["wraps"]))
def test_wrap(case: dict) -> None:
    key, context = bytes.fromhex(case["wrapping_key"]), SealContext(**case["context"])
    attempt = (key, case["wrapping_key_id"], raw(case["wrapped"]), context)
    if case["expect"] != "opens":
        with pytest.raises(EXPECTED[case["expect"]]):
            keys.unwrap_key(*attempt)
    else:
        assert keys.unwrap_key(*attempt) == bytes.fromhex(case["key"])
        assert keys.wrapped_by(raw(case["wrapped"])) == case["wrapping_key_id"]


def test_keyring(tmp_path: Path) -> None:
    case = VECTORS["keyring"]
    tmp_path.chmod(0o700)
    path = tmp_path / "keyring"
    path.write_bytes(raw(case["file"]))
    path.chmod(0o600)
    keyring, context = FileKeyring(path, bytes.fromhex(case["root_secret"])), SealContext(**case["context"])
    assert list(keyring.live_key_ids("o1")) == case["live_key_ids"]
    for wrapped in (case["wrap_by_live"], case["wrap_by_superseded"]):
        assert keyring.unwrap(raw(wrapped), context) == bytes.fromhex(case["key"])
    with pytest.raises(KeyDestroyed):
        keyring.unwrap(raw(case["wrap_by_destroyed"]), context)
    token, look_up = case["token"], case["installation_token"]
    assert keyring.token(token["key_id"], token["purpose"], token["value"].encode()).hex() == token["token"]
    assert keyring.installation_token(look_up["purpose"], look_up["value"].encode()).hex() == look_up["token"]
    assert keyring.installation_key(case["installation_key"]["purpose"]).hex() == case["installation_key"]["key"]
    (held,) = keyring.copies_holding("ac.1", date(2026, 11, 21))
    assert held.place == case["copy_that_holds_the_destroyed_key"]


@pytest.mark.parametrize("case", named(VECTORS["keyring_files"]))
def test_keyring_file(case: dict) -> None:
    with pytest.raises(EXPECTED[case["expect"]]):
        open_state(raw(case["file"]), bytes.fromhex(case["root_secret"]))


def put_together(sheets: list[str]) -> str:
    return root_material(escrow.restore(escrow.read_sheet(sheet) for sheet in sheets).encode()).hex()


@pytest.mark.parametrize("case", named(VECTORS["escrows"]))
def test_escrow(case: dict) -> None:
    if case["expect"] == "opens":
        assert put_together(case["sheets"]) == case["root_secret"]
    else:
        with pytest.raises(EXPECTED[case["expect"]]):
            put_together(case["sheets"])


def test_every_failure_that_the_format_promises_has_its_vector() -> None:
    names = {case["name"] for case in VECTORS["streams"] if case["expect"] != "opens"}
    assert names >= {
        *("one byte after the end", "the stream twice", "last byte missing", "header only"),
        *("cut at a chunk border: the empty last chunk is missing", "another key", "sealed for another purpose"),
        *("object of another document", "object of another dossier", "object of another organisation"),
        *("old version put back", "fields run into each other", "two chunks changed places"),
    }
