"""The parts of a backup are those of docs/FORMAT-backup.md, as a second implementation makes and opens them."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from crypto.keyring_loaded import derive
from gateway.backup import parts
from gateway.backup.parts import BackupError, Manifest
from tests.vectors import make_backup
from tests.vectors.crypto import specification

VECTOR = json.loads(make_backup.TARGET.read_text(encoding="utf-8"))


class Keyring:
    """What the format asks of a keyring, with a secret that everyone knows."""

    def installation_key(self, purpose):
        return derive(bytes.fromhex(VECTOR["installation"]), "installation-key:" + purpose)

    def installation_token(self, _purpose, _value):
        return bytes.fromhex(make_backup.NAME) + bytes(24)


@pytest.fixture
def backup(tmp_path):
    for name, content in VECTOR["files"].items():
        (tmp_path / name).write_bytes(base64.b64decode(content))
    return tmp_path


def opened(backup, part, expected):
    return b"".join(parts.open_part(backup, Keyring(), make_backup.BACKUP, part, expected))


def test_the_vector_is_what_its_script_makes():
    assert make_backup.TARGET.read_text(encoding="utf-8") == make_backup.vectors()


def test_what_the_second_implementation_made_opens(backup):
    manifest = parts.read_manifest(backup, Keyring())
    assert (manifest.revision, manifest.gone, manifest.periods) == ("0033", 1, {"aa.2": 4})
    assert opened(backup, parts.DATABASE, manifest.database) == make_backup.DATABASE
    pieces = parts.open_part(backup, Keyring(), manifest.id, parts.LISTED, manifest.listed)
    assert list(parts.lines(pieces)) == [{"object": make_backup.GONE, "gone": "destroyed"}]


def test_what_this_package_makes_opens_there(tmp_path):
    key, part = Keyring().installation_key("backup"), parts.Part(size=0, sealed_size=0, sealed_sha256="")
    manifest = Manifest(
        id="5b" * 16, installation=make_backup.NAME, software="x", kind="sqlite", revision="0001", began_at="b",
        made_at="m", database=part, listed=part, objects=0, objects_size=0, gone=0,
    )  # fmt: skip
    parts.write_manifest(tmp_path, Keyring(), manifest)
    bound = specification.context({"purpose": "backup", "document": "manifest", "version": "5b" * 16})
    sealed = (tmp_path / "manifest.sealed").read_bytes()
    assert json.loads(specification.decode_stream(key, bound, sealed))["revision"] == "0001"
    assert parts.read_manifest(tmp_path, Keyring()) == manifest


@pytest.mark.parametrize("change", [{"id": "aa" * 16}, {"made_at": "2020-01-01"}, {"format": "v2"}, {"more": 1}])
def test_a_header_that_says_something_else_than_the_manifest_is_refused(backup, change):
    header = json.loads((backup / "backup.json").read_bytes())
    (backup / "backup.json").write_text(json.dumps({**header, **change}), encoding="utf-8")
    with pytest.raises(BackupError):
        parts.read_manifest(backup, Keyring())


def test_a_part_is_given_only_when_its_checksum_is_that_of_the_manifest(backup):
    manifest = parts.read_manifest(backup, Keyring())
    other = hashlib.sha256(b"other").hexdigest()
    wrong = parts.Part(size=manifest.database.size, sealed_size=manifest.database.sealed_size, sealed_sha256=other)
    with pytest.raises(BackupError):
        opened(backup, parts.DATABASE, wrong)
    with pytest.raises(BackupError):
        opened(backup, "manifest", manifest.database)
