"""The file keyring: keys that are durable, private, shared between processes, and can be destroyed."""

import contextlib
import logging
import multiprocessing
import os
import stat
import subprocess
import sys
import threading
import traceback
from datetime import date
from pathlib import Path

import pytest

from crypto import keyring_file
from crypto.context import SealContext
from crypto.errors import CryptoError, DecryptError, KeyDestroyed, KeyringError
from crypto.keyring import FileKeyring, generate_root_secret
from crypto.stream import generate_key

SECRET = b"dpr1-" + generate_root_secret()[5:].encode()
CONTEXT = SealContext(purpose="dossier-key", organisation="o1", dossier="d1")
DAY = date(2026, 11, 21)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path / "keys" / "keyring"


@pytest.fixture
def keyring(path: Path) -> FileKeyring:
    return FileKeyring.create(path, SECRET)


# -- period keys -------------------------------------------------------------------------------------------------------


def test_a_period_key_is_made_once_per_organisation_and_period(keyring: FileKeyring) -> None:
    first = keyring.ensure_period_key("o1", "2026Q4")
    assert keyring.ensure_period_key("o1", "2026Q4") == first
    assert len({first, keyring.ensure_period_key("o2", "2026Q4"), keyring.ensure_period_key("o1", "2027Q1")}) == 3
    assert first.endswith(".1")


def test_a_key_is_on_disk_before_its_id_is_given(keyring: FileKeyring, path: Path) -> None:
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    key = generate_key()
    wrapped = keyring.wrap(key_id, key, CONTEXT)
    assert FileKeyring(path, SECRET).unwrap(wrapped, CONTEXT) == key


def test_a_wrap_opens_in_its_context_only(keyring: FileKeyring) -> None:
    wrapped = keyring.wrap(keyring.ensure_period_key("o1", "2026Q4"), generate_key(), CONTEXT)
    with pytest.raises(DecryptError):
        keyring.unwrap(wrapped, SealContext(purpose="dossier-key", organisation="o1", dossier="d2"))


def test_a_superseded_key_opens_but_wraps_nothing_new(keyring: FileKeyring) -> None:
    old = keyring.ensure_period_key("o1", "2026Q4")
    key = generate_key()
    wrapped = keyring.wrap(old, key, CONTEXT)
    new = keyring.supersede(old)
    assert keyring.unwrap(wrapped, CONTEXT) == key
    with pytest.raises(KeyringError):
        keyring.wrap(old, key, CONTEXT)
    assert keyring.ensure_period_key("o1", "2026Q4") == new != old
    assert new.endswith(".2")
    assert not keyring.describe(old).live
    assert keyring.describe(new).live


def test_superseding_again_goes_on_with_the_same_new_key(keyring: FileKeyring) -> None:
    old = keyring.ensure_period_key("o1", "2026Q4")
    assert keyring.supersede(old) == keyring.supersede(old)


def test_superseding_leaves_other_periods_and_organisations_alone(keyring: FileKeyring) -> None:
    others = [keyring.ensure_period_key("o2", "2026Q4"), keyring.ensure_period_key("o1", "2026Q3")]
    keyring.supersede(keyring.ensure_period_key("o1", "2026Q4"))
    assert all(keyring.describe(other).live for other in others)


def test_rewrapping_moves_every_wrap_and_can_be_done_again(keyring: FileKeyring) -> None:
    old = keyring.ensure_period_key("o1", "2026Q4")
    keys = [generate_key() for _ in range(5)]
    wraps = [keyring.wrap(old, key, CONTEXT) for key in keys]
    new = keyring.supersede(old)
    half = list(keyring.rewrap([(wrapped, CONTEXT) for wrapped in wraps[:2]], new)) + wraps[2:]
    moved = list(keyring.rewrap([(wrapped, CONTEXT) for wrapped in half], new))
    assert moved[:2] == half[:2]
    keyring.destroy(old)
    assert [keyring.unwrap(wrapped, CONTEXT) for wrapped in moved] == keys
    for wrapped in wraps:
        with pytest.raises(KeyDestroyed):
            keyring.unwrap(wrapped, CONTEXT)


def test_after_destruction_nothing_opens_in_any_process_or_object(keyring: FileKeyring, path: Path) -> None:
    other = FileKeyring(path, SECRET)
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    wrapped = keyring.wrap(key_id, generate_key(), CONTEXT)
    other.unwrap(wrapped, CONTEXT)
    keyring.destroy(key_id)
    for ring in (keyring, other, FileKeyring(path, SECRET)):
        with pytest.raises(KeyDestroyed):
            ring.unwrap(wrapped, CONTEXT)
        with pytest.raises(KeyDestroyed):
            ring.wrap(key_id, generate_key(), CONTEXT)
        with pytest.raises(KeyDestroyed):
            ring.token(key_id, "bsn", b"123456782")
        assert ring.live_key_ids("o1") == ()


def test_destroying_again_does_nothing_and_a_strange_key_is_an_error(keyring: FileKeyring) -> None:
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    keyring.destroy(key_id)
    keyring.destroy(key_id)
    for act in (keyring.destroy, keyring.supersede, keyring.describe):
        with pytest.raises(KeyringError):
            act("unknown.1")


def test_a_version_is_never_used_twice_even_after_destruction(keyring: FileKeyring) -> None:
    first = keyring.ensure_period_key("o1", "2026Q4")
    keyring.destroy(first)
    assert keyring.ensure_period_key("o1", "2026Q4").endswith(".2")


def test_the_destroyed_key_is_in_no_file_of_the_directory(keyring: FileKeyring, path: Path) -> None:
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    secret = keyring._current().state.keys[key_id].secret
    assert any(secret in opened(file) for file in path.parent.iterdir())
    keyring.destroy(key_id)
    assert not any(secret in opened(file) for file in path.parent.iterdir())


def opened(file: Path) -> bytes:
    raw = file.read_bytes()
    return b"".join(key.secret for key in keyring_file.open_state(raw, SECRET).keys.values()) if raw else b""


def test_the_old_files_bytes_are_overwritten(keyring: FileKeyring, path: Path) -> None:
    with path.open("rb") as old:
        before = old.read()
        keyring.ensure_period_key("o1", "2026Q4")
        old.seek(0)
        assert old.read() == bytes(len(before))


def test_a_hard_link_to_the_old_file_is_left_alone(keyring: FileKeyring, path: Path) -> None:
    link = path.with_name("backup")
    link.hardlink_to(path)
    before = link.read_bytes()
    keyring.ensure_period_key("o1", "2026Q4")
    assert link.read_bytes() == before


def test_live_keys_are_named_newest_first_and_superseded_ones_until_destroyed(keyring: FileKeyring) -> None:
    third = keyring.ensure_period_key("o1", "2026Q3")
    fourth = keyring.ensure_period_key("o1", "2026Q4")
    keyring.ensure_period_key("o2", "2026Q4")
    newer = keyring.supersede(fourth)
    assert keyring.live_key_ids("o1") == (newer, fourth, third)
    keyring.destroy(fourth)
    assert keyring.live_key_ids("o1") == (newer, third)
    assert {key.id for key in keyring.period_keys()} >= {newer, third}


@pytest.mark.parametrize(("organisation", "period"), [("", "2026Q4"), ("o1", "")])
def test_a_period_key_without_organisation_or_period_is_refused(keyring, organisation, period) -> None:
    with pytest.raises(CryptoError):
        keyring.ensure_period_key(organisation, period)


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_tokens_differ_by_key_purpose_and_value_and_are_else_the_same(keyring: FileKeyring, path: Path) -> None:
    one, two = keyring.ensure_period_key("o1", "2026Q3"), keyring.ensure_period_key("o1", "2026Q4")
    made = [
        keyring.token(one, "bsn", b"1"),
        keyring.token(two, "bsn", b"1"),
        keyring.token(one, "name", b"1"),
        keyring.token(one, "bsn", b"2"),
        keyring.installation_token("bsn", b"1"),
        keyring.installation_token("e-mail", b"1"),
    ]
    assert len(set(made)) == len(made)
    assert {len(token) for token in made} == {32}
    assert FileKeyring(path, SECRET).token(one, "bsn", b"1") == made[0] == keyring.token(one, "bsn", b"1")
    assert (
        FileKeyring(path, SECRET).installation_token("bsn", b"1") == made[4] == keyring.installation_token("bsn", b"1")
    )


def test_a_token_needs_a_purpose(keyring: FileKeyring) -> None:
    with pytest.raises(CryptoError):
        keyring.token(keyring.ensure_period_key("o1", "2026Q4"), "", b"1")
    with pytest.raises(CryptoError):
        keyring.installation_token("", b"1")


# -- signing keys ------------------------------------------------------------------------------------------------------


def test_a_signing_key_is_made_once_per_purpose_and_kept(keyring: FileKeyring, path: Path) -> None:
    made = keyring.signing_key("receipt").private_bytes_raw()
    assert FileKeyring(path, SECRET).signing_key("receipt").private_bytes_raw() == made
    assert keyring.signing_key("checkpoint").private_bytes_raw() != made
    assert [key.purpose for key in keyring.public_keys()] == ["receipt", "checkpoint"]


def test_of_a_rotated_signing_key_only_the_public_half_stays(keyring: FileKeyring, path: Path) -> None:
    old = keyring.signing_key("receipt")
    new = keyring.rotate_signing_key("receipt")
    assert keyring.signing_key("receipt").private_bytes_raw() == new.private_bytes_raw() != old.private_bytes_raw()
    assert [(key.current, key.raw) for key in keyring.public_keys()] == [
        (False, old.public_key().public_bytes_raw()),
        (True, new.public_key().public_bytes_raw()),
    ]
    assert next(key.private for key in FileKeyring(path, SECRET)._current().state.signing.values()) is None


# -- the root secret ---------------------------------------------------------------------------------------------------


def test_a_root_secret_may_come_with_a_line_end_or_in_capitals(path: Path) -> None:
    secret = generate_root_secret()
    key_id = FileKeyring.create(path, secret.encode()).ensure_period_key("o1", "2026Q4")
    for typed in (secret + "\n", f"  {secret}\r\n", "dpr1-" + secret[5:].upper()):
        assert FileKeyring(path, typed.encode()).live_key_ids("o1") == (key_id,)


def test_every_wrong_letter_in_a_root_secret_is_a_typing_error(path: Path) -> None:
    secret = generate_root_secret()
    FileKeyring.create(path, secret.encode())
    for position in range(5, len(secret)):
        for wrong in ("a" if secret[position] != "a" else "b", "1", "é"):
            with pytest.raises(KeyringError, match="typing error") as caught:
                FileKeyring(path, (secret[:position] + wrong + secret[position + 1 :]).encode())
            assert caught.value.__cause__ is None


def test_a_raw_root_secret_of_32_bytes_works_and_a_shorter_one_is_refused(path: Path) -> None:
    FileKeyring.create(path, b"\n" + bytes(30) + b"\n")
    FileKeyring(path, b"\n" + bytes(30) + b"\n")
    with pytest.raises(KeyringError, match="too short"):
        FileKeyring(path, bytes(31))


def test_another_root_secret_a_changed_file_and_a_strange_file_are_refused(keyring: FileKeyring, path: Path) -> None:
    with pytest.raises(KeyringError, match="does not open"):
        FileKeyring(path, generate_root_secret().encode())
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(KeyringError, match="does not open"):
        FileKeyring(path, SECRET)
    path.write_bytes(b"something else")
    with pytest.raises(KeyringError, match="not a keyring"):
        FileKeyring(path, SECRET)


def test_a_keyring_of_a_later_format_is_refused(path: Path, keyring: FileKeyring, monkeypatch) -> None:
    monkeypatch.setattr("crypto.keyring_state._FORMAT", 2)
    with pytest.raises(KeyringError, match="format"):
        FileKeyring(path, SECRET)


def test_rotating_the_root_shuts_the_old_secret_out_and_keeps_the_keys(keyring: FileKeyring, path: Path) -> None:
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    other = FileKeyring(path, SECRET)
    new = generate_root_secret().encode()
    keyring.rotate_root(new)
    assert keyring.live_key_ids("o1") == (key_id,) == FileKeyring(path, new).live_key_ids("o1")
    with pytest.raises(KeyringError):
        other.live_key_ids("o1")


# -- the file ----------------------------------------------------------------------------------------------------------


def test_file_and_directory_are_private(keyring: FileKeyring, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_keyring_is_never_overwritten(keyring: FileKeyring, path: Path) -> None:
    with pytest.raises(KeyringError, match="already"):
        FileKeyring.create(path, SECRET)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_keyring_that_others_can_reach_is_refused(keyring: FileKeyring, path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeyringError, match="readable by others"):
        FileKeyring(path, SECRET)


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o711])
def test_a_keyring_in_an_open_directory_is_refused(keyring: FileKeyring, path: Path, mode: int) -> None:
    path.parent.chmod(mode)
    with pytest.raises(KeyringError, match="directory"):
        FileKeyring(path, SECRET)
    with pytest.raises(KeyringError, match="directory"):
        keyring.ensure_period_key("o1", "2026Q4")


def test_a_missing_keyring_or_directory_says_what_to_do(path: Path) -> None:
    with pytest.raises(KeyringError, match="directory"):
        FileKeyring(path, SECRET)
    path.parent.mkdir(mode=0o700)
    with pytest.raises(KeyringError, match="keys init"):
        FileKeyring(path, SECRET)


def test_a_directory_or_lock_that_cannot_be_made_is_an_error(keyring: FileKeyring, path: Path) -> None:
    with pytest.raises(KeyringError, match="cannot be made"):
        FileKeyring.create(path / "below-a-file" / "keyring", SECRET)
    lock = path.with_name("keyring.lock")
    lock.unlink()
    lock.mkdir()
    with pytest.raises(KeyringError, match="locked"):
        keyring.ensure_period_key("o1", "2026Q4")


def test_a_symbolic_link_is_not_followed(keyring: FileKeyring, path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    with pytest.raises(KeyringError):
        FileKeyring(link, SECRET)


def test_a_keyring_that_vanished_is_an_error_and_not_an_empty_one(keyring: FileKeyring, path: Path) -> None:
    path.unlink()
    with pytest.raises(KeyringError):
        keyring.live_key_ids("o1")
    with pytest.raises(KeyringError):
        keyring.ensure_period_key("o1", "2026Q4")


def test_an_old_copy_put_back_under_a_running_process_is_refused(keyring: FileKeyring, path: Path) -> None:
    old = path.read_bytes()
    keyring.ensure_period_key("o1", "2026Q4")
    path.write_bytes(old)
    with pytest.raises(KeyringError, match="older"):
        keyring.live_key_ids("o1")


def test_a_full_disk_is_an_error_and_changes_nothing(keyring: FileKeyring, path: Path, monkeypatch) -> None:
    before = path.read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(KeyringError, match="could not be written"):
            keyring.ensure_period_key("o1", "2026Q4")
    assert path.read_bytes() == before
    assert keyring.live_key_ids("o1") == ()


def test_a_short_write_is_completed(keyring: FileKeyring, path: Path, monkeypatch) -> None:
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda descriptor, raw: write(descriptor, bytes(raw)[:7]))
        key_id = keyring.ensure_period_key("o1", "2026Q4")
    assert FileKeyring(path, SECRET).live_key_ids("o1") == (key_id,)


def test_reading_cached_keys_does_not_read_the_file_again(keyring: FileKeyring, monkeypatch) -> None:
    wrapped = keyring.wrap(keyring.ensure_period_key("o1", "2026Q4"), generate_key(), CONTEXT)
    monkeypatch.setattr(keyring_file, "HeldFile", None)
    for _ in range(3):
        keyring.unwrap(wrapped, CONTEXT)


def _ensure_many(path: Path, number: int, answers) -> None:
    ring = FileKeyring(path, SECRET)
    answers.put([ring.ensure_period_key(f"o{n % 5}", "2026Q4") for n in range(number, number + 10)])


def test_many_processes_agree_on_one_key(keyring: FileKeyring, path: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    answers = spawn.Queue()
    workers = [spawn.Process(target=_ensure_many, args=(path, n, answers)) for n in range(6)]
    for worker in workers:
        worker.start()
    given = {key_id for _ in workers for key_id in answers.get(timeout=60)}
    for worker in workers:
        worker.join()
    assert len(given) == 5
    assert given == {key.id for key in keyring.period_keys()}


def test_many_threads_agree_on_one_key_and_signing_key(path: Path) -> None:
    ring = FileKeyring.create(path, SECRET)
    start = threading.Barrier(8)
    got: list[tuple[str, bytes]] = []

    def work() -> None:
        start.wait()
        got.append((ring.ensure_period_key("o1", "2026Q4"), ring.signing_key("receipt").private_bytes_raw()))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1


# -- crash matrix ------------------------------------------------------------------------------------------------------

CRASH = """
import os, sys
from pathlib import Path
path, secret, act, stop = Path(sys.argv[1]), sys.argv[2].encode(), sys.argv[3], int(sys.argv[4])
from crypto.keyring import FileKeyring
ring = FileKeyring(path, secret)
key_id = ring.live_key_ids("o1")[0]
count = 0
def crashing(real, half=False):
    def call(*args, **kwargs):
        global count
        count += 1
        if count == stop:
            os._exit(9)          # before the step
        if half:
            real(args[0], bytes(args[1])[: len(args[1]) // 2])
            count += 1
            if count == stop:
                os._exit(9)      # half-way a write
            os.lseek(args[0], -(len(args[1]) // 2), os.SEEK_CUR)
        result = real(*args, **kwargs)
        count += 1
        if count == stop:
            os._exit(9)          # after the step
        return result
    return call
os.write, os.fsync, os.ftruncate = crashing(os.write, half=True), crashing(os.fsync), crashing(os.ftruncate)
Path.replace = crashing(Path.replace)
getattr(ring, act)(sys.argv[5].encode() if sys.argv[5:] else key_id)
print(count)
"""


def crash_at(path: Path, act: str, stop: int, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CRASH, str(path), SECRET.decode(), act, str(stop), *more]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("act", ["destroy", "supersede"])
def test_killed_at_any_step_the_keyring_is_the_old_one_or_the_new_one_and_the_act_can_be_repeated(
    path: Path, act: str
) -> None:
    FileKeyring.create(path, SECRET)
    start = path.read_bytes()
    stop, seen = 0, set()
    while True:
        stop += 1
        for file in path.parent.iterdir():
            file.unlink()
        path.write_bytes(start)
        path.chmod(0o600)
        before = FileKeyring(path, SECRET)
        key_id = before.ensure_period_key("o1", "2026Q4")
        wrapped = before.wrap(key_id, generate_key(), CONTEXT)
        ended = crash_at(path, act, stop)
        after = FileKeyring(path, SECRET)
        done = after.live_key_ids("o1") != (key_id,)
        seen.add((ended.returncode, done))
        getattr(after, act)(key_id)
        assert after.live_key_ids("o1") != (key_id,)
        if act == "destroy":
            with pytest.raises(KeyDestroyed):
                FileKeyring(path, SECRET).unwrap(wrapped, CONTEXT)
            leftovers = [file for file in path.parent.iterdir() if file.name not in {"keyring", "keyring.lock"}]
            assert leftovers == []
        else:
            assert len(FileKeyring(path, SECRET).live_key_ids("o1")) == 2
        if ended.returncode == 0:
            break
        assert ended.returncode == 9, ended.stderr
    assert seen == {(9, False), (9, True), (0, True)}
    assert stop > 10


def test_killed_at_any_step_of_a_root_rotation_one_of_the_two_secrets_opens_and_it_can_be_repeated(path: Path) -> None:
    new = generate_root_secret().encode()
    stop, seen = 0, set()
    while True:
        stop += 1
        if path.parent.exists():
            for file in path.parent.iterdir():
                file.unlink()
        key_id = FileKeyring.create(path, SECRET).ensure_period_key("o1", "2026Q4")
        ended = crash_at(path, "rotate_root", stop, new.decode())
        opens = []
        for secret in (SECRET, new):
            with contextlib.suppress(KeyringError):
                assert FileKeyring(path, secret).live_key_ids("o1") == (key_id,)
                opens.append(secret)
        assert len(opens) == 1, "whole, and under one secret"
        seen.add((ended.returncode, opens[0] == new))
        FileKeyring(path, opens[0]).rotate_root(new)
        assert FileKeyring(path, new).live_key_ids("o1") == (key_id,)
        if ended.returncode == 0:
            break
        assert ended.returncode == 9, ended.stderr
    assert seen == {(9, False), (9, True), (0, True)}


# -- copies ------------------------------------------------------------------------------------------------------------


def test_a_destruction_is_provisional_until_every_registered_copy_is_rewritten(keyring, path, tmp_path) -> None:
    safe, vault = tmp_path / "safe", tmp_path / "vault"
    for place in (safe, vault):
        place.mkdir(mode=0o700)
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    key = generate_key()
    wrapped = keyring.wrap(key_id, key, CONTEXT)
    keyring.write_copy(safe / "copy", place="safe", on=DAY)
    keyring.write_copy(vault / "copy", place="vault", on=DAY)
    keyring.destroy(key_id)
    assert keyring.destruction(key_id, DAY) == "provisional"
    assert [copy.place for copy in keyring.copies_holding(key_id, DAY)] == ["safe", "vault"]
    assert FileKeyring(safe / "copy", SECRET).unwrap(wrapped, CONTEXT) == key, "all is readable with the old copy"
    keyring.write_copy(safe / "copy", place="safe", on=DAY)
    assert keyring.destruction(key_id, DAY) == "provisional"
    keyring.write_copy(vault / "copy", place="vault", on=DAY)
    assert keyring.destruction(key_id, DAY) == "final"
    for ring in (keyring, FileKeyring(safe / "copy", SECRET), FileKeyring(vault / "copy", SECRET)):
        with pytest.raises(KeyDestroyed):
            ring.unwrap(wrapped, CONTEXT)
    assert [(copy.place, copy.made_on) for copy in keyring.copies()] == [("safe", DAY), ("vault", DAY)]
    assert keyring.copies_holding("unknown.1", DAY) == ()


def test_a_copy_written_but_not_yet_registered_when_the_process_dies_still_holds_back(
    keyring, path, tmp_path, monkeypatch
):
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    replace_file = keyring_file.replace_file
    written: list[Path] = []

    def dies_after_the_copy(target: Path, raw: bytes) -> None:
        if tmp_path / "copy" in written:
            raise KeyringError("died")
        replace_file(target, raw)
        written.append(target)

    with monkeypatch.context() as patched:
        patched.setattr(keyring_file, "replace_file", dies_after_the_copy)
        with pytest.raises(KeyringError, match="died"):
            keyring.write_copy(tmp_path / "copy", place="safe", on=DAY)
    assert (tmp_path / "copy").exists()
    keyring.destroy(key_id)
    assert keyring.destruction(key_id, DAY) == "provisional"
    keyring.write_copy(tmp_path / "copy", place="safe", on=DAY)
    assert keyring.destruction(key_id, DAY) == "final"


def test_every_copy_of_a_keyring_in_a_file_opens_alone(keyring: FileKeyring, tmp_path: Path) -> None:
    safe = tmp_path / "safe"
    safe.mkdir(mode=0o700)
    wrapped = keyring.wrap(keyring.ensure_period_key("o1", "2026Q4"), bytes(32), CONTEXT)
    for place, asked in (("one", False), ("two", True)):
        keyring.write_copy(safe / place, place=place, on=DAY, opens_alone=asked)
        assert FileKeyring(safe / place, SECRET).unwrap(wrapped, CONTEXT) == bytes(32)
    assert [copy.opens_alone for copy in keyring.copies()] == [True, True]


def test_a_copy_that_has_expired_holds_nothing_back(keyring: FileKeyring, tmp_path: Path) -> None:
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    keyring.write_copy(tmp_path / "copy", place="nightly backup", on=DAY, expires_on=date(2026, 12, 21))
    keyring.destroy(key_id)
    assert keyring.destruction(key_id, date(2026, 12, 21)) == "provisional"
    assert keyring.destruction(key_id, date(2026, 12, 22)) == "final"
    assert keyring.copies()[0].expires_on == date(2026, 12, 21)


def test_a_copy_made_after_the_destruction_or_struck_off_holds_nothing_back(keyring, tmp_path) -> None:
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    keyring.write_copy(tmp_path / "old", place="old", on=DAY)
    keyring.destroy(key_id)
    keyring.write_copy(tmp_path / "new", place="new", on=DAY)
    assert [copy.place for copy in keyring.copies_holding(key_id, DAY)] == ["old"]
    keyring.forget_copy("old")
    assert keyring.destruction(key_id, DAY) == "final"


def test_a_copy_made_by_hand_counts_by_what_is_in_it_not_by_when_it_is_registered(keyring, path, tmp_path) -> None:
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    by_hand = tmp_path / "by-hand"
    by_hand.write_bytes(path.read_bytes())
    by_hand.chmod(0o600)
    keyring.destroy(key_id)
    keyring.register_copy(by_hand, place="usb", on=DAY)
    assert keyring.destruction(key_id, DAY) == "provisional"


def test_a_key_that_is_not_destroyed_has_no_state_of_destruction(keyring: FileKeyring) -> None:
    with pytest.raises(KeyringError):
        keyring.destruction(keyring.ensure_period_key("o1", "2026Q4"), DAY)


def test_a_copy_is_not_written_into_an_open_directory(keyring: FileKeyring, tmp_path: Path) -> None:
    open_directory = tmp_path / "open"
    open_directory.mkdir(mode=0o755)
    with pytest.raises(KeyringError, match="directory"):
        keyring.write_copy(open_directory / "copy", place="open", on=DAY)


# -- nothing tells -----------------------------------------------------------------------------------------------------


def test_no_key_is_in_any_repr_error_or_log(keyring: FileKeyring, path: Path, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    keyring.signing_key("receipt")
    key = generate_key()
    wrapped = keyring.wrap(key_id, key, CONTEXT)
    keyring.token(key_id, "bsn", b"123456782")
    loaded = keyring._current()
    told = [repr(x) for x in (keyring, loaded, loaded.state, loaded.wrapping_key(key_id))]
    told += [repr(value) for kind in (loaded.state.keys, loaded.state.signing) for value in kind.values()]
    for attempt in (
        lambda: keyring.unwrap(wrapped[:-1] + b"\0", CONTEXT),
        lambda: keyring.unwrap(wrapped, SealContext(purpose="x")),
        lambda: keyring.wrap("unknown.1", key, CONTEXT),
        lambda: FileKeyring(path, generate_root_secret().encode()),
        lambda: keyring.destroy(key_id) or keyring.unwrap(wrapped, CONTEXT),
    ):
        with pytest.raises(CryptoError) as caught:
            attempt()
        told.append("".join(traceback.format_exception(caught.value)))
    secrets = [key, loaded.state.installation, *(k.secret for k in loaded.state.keys.values())]
    secrets += [k.private for k in loaded.state.signing.values()]
    everything = "\n".join([*told, caplog.text])
    for secret in secrets:
        for form in (secret.hex(), repr(secret)[2:-1], repr(bytearray(secret))):
            assert form not in everything
    assert SECRET.decode() not in everything


def test_a_copy_is_put_back_whole_and_over_a_keyring_only_when_asked(tmp_path: Path) -> None:
    keyring = FileKeyring.create(tmp_path / "keys" / "keyring", SECRET)
    key = keyring.ensure_period_key("o1", "2026Q4")
    (tmp_path / "safe").mkdir(mode=0o700)
    copy = tmp_path / "safe" / "keyring"
    keyring.write_copy(copy, place="kluis", on=date(2026, 11, 22))
    with pytest.raises(KeyringError, match="already"):
        FileKeyring.put_back(tmp_path / "keys" / "keyring", copy, SECRET)
    with pytest.raises(KeyringError):
        FileKeyring.put_back(tmp_path / "new" / "keyring", copy, b"another secret of more than 32 bytes")
    assert not (tmp_path / "new").exists()
    keyring.destroy(key)
    FileKeyring.put_back(tmp_path / "keys" / "keyring", copy, SECRET, over=True)
    FileKeyring.put_back(tmp_path / "new" / "keyring", copy, SECRET)
    for path in (tmp_path / "keys" / "keyring", tmp_path / "new" / "keyring"):
        assert FileKeyring(path, SECRET).describe(key).id == key, "what was destroyed since the copy lives again"
    copy.write_bytes(copy.read_bytes()[:-1])
    with pytest.raises(KeyringError):
        FileKeyring.put_back(tmp_path / "new" / "keyring", copy, SECRET, over=True)
    assert FileKeyring(tmp_path / "new" / "keyring", SECRET).describe(key).id == key
