"""Checkpoints kept in another place."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.checkpoint import StoredCheckpoint
from audit.copies import read_copies, write_copy
from audit.errors import SequenceError
from audit.note import COSIGNATURE, Checkpoint, Signer, sign_note

AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
LOG = Signer(name="log.example/main", private=Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
CLOCK = Signer(name="log.example/time", private=Ed25519PrivateKey.from_private_bytes(b"\2" * 32), kind=COSIGNATURE)


def stored(size, root=b"\5", at=AT):
    text = Checkpoint(origin=LOG.name, size=size, root=root * 32).text
    return StoredCheckpoint(size=size, made_at=at, note=sign_note(text, [LOG, CLOCK], at=at))


def test_copies_are_private_and_read_back_newest_first(tmp_path):
    for size in (9, 10, 200):
        path = write_copy(tmp_path, stored(size))
        assert path.stat().st_mode & 0o777 == 0o600
    (tmp_path / "other.txt").write_text("something else")
    assert read_copies(tmp_path) == (stored(200).note, stored(10).note, stored(9).note)
    assert read_copies(tmp_path, newest=1) == (stored(200).note,)
    assert len(list(tmp_path.iterdir())) == 4


def test_the_same_statement_at_another_time_is_no_news(tmp_path):
    first = write_copy(tmp_path, stored(9))
    assert write_copy(tmp_path, stored(9, at=AT.replace(hour=10))) == first
    assert read_copies(tmp_path) == (stored(9).note,)


def test_two_statements_about_one_size_are_a_fork(tmp_path):
    write_copy(tmp_path, stored(9))
    with pytest.raises(SequenceError, match="forked"):
        write_copy(tmp_path, stored(9, root=b"\6"))
    assert read_copies(tmp_path) == (stored(9).note,)


def test_a_mount_that_is_away_is_an_error_and_not_a_new_directory(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_copy(tmp_path / "away", stored(9))
    assert not (tmp_path / "away").exists()
