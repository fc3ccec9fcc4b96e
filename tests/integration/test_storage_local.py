"""What only the local adapter promises: rights, places, a full disk, a disk that is gone, and a kill in the middle."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.storage import LocalStorage, StorageError, StorageRefused, StorageUnavailable, new_key

LATER = datetime(2100, 1, 1, tzinfo=UTC)

FILL = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gateway.storage import LocalStorage, StorageFull, new_key
root = Path(sys.argv[1])
storage, key, small = LocalStorage(root), new_key(), new_key()
with storage.writer(small) as writer:
    writer.write(b"x" * 1000)
    writer.commit()
try:
    with storage.writer(key) as writer:
        for _ in range(32):
            writer.write(bytes(1 << 20))
        writer.commit()
except StorageFull as error:
    left = [path for path in root.rglob("*") if path.is_file()]
    print("full", storage.exists(key), len(left), storage.size(small))
    storage.check()
    print("usable")
"""


def _put(storage: LocalStorage, content: bytes) -> str:
    key = new_key()
    with storage.writer(key) as writer:
        writer.write(content)
        writer.commit()
    return key


def _child(*command: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=root)


def _may_mount() -> bool:
    return _child("unshare", "--mount", "true").returncode == 0


def test_files_are_private_to_the_owner_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        storage = LocalStorage(tmp_path / "objects")
        key = _put(storage, b"x")
        with storage.writer(new_key()) as writer:
            writer.write(b"y")
            modes = {
                (stat.S_ISDIR(path.stat().st_mode), stat.S_IMODE(path.stat().st_mode))
                for path in (tmp_path / "objects", *(tmp_path / "objects").rglob("*"))
            }
    finally:
        os.umask(before)
    assert modes == {(True, 0o700), (False, 0o600)}
    assert (tmp_path / "objects" / key[:2] / key[2:4] / key).read_bytes() == b"x"


def test_a_directory_open_to_others_does_not_pass_the_check(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(StorageRefused, match="chmod 700"):
        LocalStorage(tmp_path).check()


def test_a_full_disk_is_told_leaves_nothing_and_spoils_nothing(tmp_path: Path) -> None:
    if not _may_mount():
        pytest.skip("this user may not mount; the size-limited form below runs")
    place = tmp_path / "disk"
    place.mkdir()
    script = f'mount -t tmpfs -o size=8m,mode=700 none "{place}" && exec "$0" -c "$1" "{place}/objects"'
    done = _child("unshare", "--mount", "sh", "-c", script, sys.executable, FILL)
    assert done.stdout == "full False 1 1000\nusable\n", done.stderr


def test_a_file_size_limit_is_told_leaves_nothing_and_spoils_nothing(tmp_path: Path) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))\n" + FILL
    done = _child(sys.executable, "-c", limited, str(tmp_path / "objects"))
    assert done.stdout == "full False 1 1000\nusable\n", done.stderr


def test_a_storage_that_is_gone_is_unavailable_and_never_merely_empty(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "objects")
    key = _put(storage, b"x")
    (tmp_path / "objects").rename(tmp_path / "unplugged")
    acts = (
        lambda: storage.size(key),
        lambda: storage.exists(key),
        lambda: next(storage.read(key)),
        lambda: storage.delete(key),
        lambda: list(storage.keys(LATER)),
        lambda: storage.abandoned(LATER),
        lambda: _put(storage, b"y"),
        storage.check,
    )
    for act in acts:
        with pytest.raises(StorageUnavailable) as caught:
            act()
        assert str(tmp_path) not in str(caught.value)
        assert key not in str(caught.value)


def test_a_link_in_the_place_of_an_object_is_not_followed(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "objects")
    key = _put(storage, b"x")
    secret = tmp_path / "secret"
    secret.write_text("elsewhere")
    place = tmp_path / "objects" / key[:2] / key[2:4] / key
    place.unlink()
    place.symlink_to(secret)
    with pytest.raises(StorageError):
        next(storage.read(key))
    assert list(storage.keys(LATER)) == []
    storage.delete(key)
    assert secret.read_text() == "elsewhere"


def test_files_that_are_not_ours_are_neither_listed_nor_removed(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "objects")
    key = _put(storage, b"x")
    for stray in ("notes.txt", f"{key[:2]}/{key[2:4]}/notes.txt", f"{key[:2]}/{key[2:4]}/{'0' * 32}"):
        (tmp_path / "objects" / stray).write_text("stray")
    assert list(storage.keys(LATER)) == [key]
    assert storage.abandoned(LATER) == 0


def test_a_kill_in_the_middle_leaves_one_remain_that_is_cleared_and_no_object(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from gateway.storage import LocalStorage, new_key\n"
        "with LocalStorage(Path(sys.argv[1])).writer(new_key()) as writer:\n"
        "    writer.write(bytes(1 << 20)); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = _child(sys.executable, "-c", script, str(tmp_path / "objects"))
    assert done.returncode == -signal.SIGKILL
    storage = LocalStorage(tmp_path / "objects")
    assert list(storage.keys(LATER)) == []
    assert storage.abandoned(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert storage.abandoned(LATER) == 1
    assert [path for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []


def test_a_parent_that_cannot_be_written_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(StorageUnavailable, match="mounted"):
        LocalStorage(tmp_path / "file" / "objects")


def test_a_disk_that_became_read_only_refuses_and_says_so(tmp_path: Path) -> None:
    if not _may_mount():
        pytest.skip("this user may not mount")
    script = 'mount -t tmpfs -o mode=700 none "$2" && "$0" -c "$1" "$2" write && mount -o remount,ro "$2" && "$0" -c "$1" "$2"'
    act = (
        "import sys; from pathlib import Path; from gateway.storage import LocalStorage, StorageRefused\n"
        "storage = LocalStorage(Path(sys.argv[1]))\n"
        "try: storage.check(); print('good')\n"
        "except StorageRefused as error: print(error)\n"
    )
    done = _child("unshare", "--mount", "sh", "-c", script, sys.executable, act, str(tmp_path))
    assert done.stdout.startswith("good\nThe storage directory refuses us."), done.stderr


class _Lying(LocalStorage):
    """A storage with a broken disk: what comes back is not what went in."""

    def read(self, key: str, chunk_size: int = 1 << 20) -> Iterator[bytes]:
        for chunk in super().read(key, chunk_size):
            yield chunk[:-1] + b"?"


class _Clinging(LocalStorage):
    """A storage that says it deletes and does not."""

    def delete(self, key: str) -> None:
        pass


@pytest.mark.parametrize(("broken", "told"), [(_Lying, "other bytes"), (_Clinging, "was deleted")])
def test_the_check_finds_a_storage_that_spoils_or_keeps(broken: type[LocalStorage], told: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=told):
        broken(tmp_path / "objects").check()


@given(pieces=st.lists(st.binary(max_size=5000), max_size=12), chunk=st.integers(min_value=1, max_value=9000))
def test_any_pieces_come_back_joined_in_chunks_of_any_size(pieces: list[bytes], chunk: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        storage, key = LocalStorage(Path(place)), new_key()
        with storage.writer(key) as writer:
            for piece in pieces:
                writer.write(piece)
            writer.commit()
        chunks = list(storage.read(key, chunk))
    assert b"".join(chunks) == b"".join(pieces)
    assert all(0 < len(one) <= chunk for one in chunks)
