"""Scratch: private, in memory, and gone afterwards whatever happens."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.dossiers.files.errors import ScratchError
from gateway.dossiers.files.scratch import Scratch, swap_in_use, tree_bytes

REPOSITORY = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from pathlib import Path
from gateway.dossiers.files.scratch import Scratch
with Scratch(Path(sys.argv[1]), limit=1000).directory() as path:
    (path / "stuk").write_text("De paarse olifant")
    print("klaar", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def root() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="test-scratch-", dir="/dev/shm"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def scratch(root: Path) -> Scratch:
    return Scratch(root, limit=10_000_000)


def hold(root: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "klaar\n"
    return process


def test_a_directory_is_private_and_gone_afterwards(scratch, root):
    with scratch.directory() as path:
        assert path.stat().st_mode & 0o777 == 0o700
        (path / "stuk").write_text("x")
    assert list(root.iterdir()) == []


def test_a_directory_is_gone_after_an_error_and_with_unreadable_directories_inside(scratch, root):
    with pytest.raises(RuntimeError):
        fail_inside(scratch)
    assert list(root.iterdir()) == []
    assert Path("/etc/passwd").exists()


def fail_inside(scratch: Scratch) -> None:
    with scratch.directory() as path:
        inner = path / "dicht"
        inner.mkdir()
        (inner / "stuk").write_text("x")
        (path / "link").symlink_to("/etc")
        inner.chmod(0)
        raise RuntimeError


def test_sweep_removes_what_a_killed_process_left_and_nothing_in_use(scratch, root):
    killed, alive = hold(root), hold(root)
    with killed, alive, scratch.directory() as mine:
        assert scratch.sweep() == 0
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert len(list(root.iterdir())) == 3
        assert scratch.sweep() == 1
        assert mine.exists()
        assert len(list(root.iterdir())) == 2
        alive.kill()
    assert scratch.sweep() == 1
    assert list(root.iterdir()) == []


def test_sweep_removes_a_loose_file(scratch, root):
    (root / "los").write_text("x")
    scratch.sweep()
    assert list(root.iterdir()) == []


def test_a_root_on_a_disk_is_refused_with_what_to_do(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/vda / ext4 rw 0 0\n")
    with pytest.raises(ScratchError, match=r"schijf \(ext4\).*DOSSIERPOORT_SCRATCH.*tmpfs"):
        Scratch(tmp_path / "s", mounts=mounts).assert_safe()
    with pytest.raises(ScratchError), Scratch(tmp_path / "s", mounts=mounts).directory():
        pass


def test_the_nearest_and_latest_mount_counts(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"tmpfs / tmpfs rw 0 0\ntmpfs {tmp_path} tmpfs rw 0 0\n/dev/vdb {tmp_path} ext4 rw 0 0\n")
    with pytest.raises(ScratchError, match="ext4"):
        Scratch(tmp_path, mounts=mounts).assert_safe()
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\ntmpfs {tmp_path} tmpfs rw 0 0\n/dev/vdb {tmp_path}x ext4 rw 0 0\n")
    Scratch(tmp_path, mounts=mounts, limit=1).assert_safe()


def test_a_root_that_is_a_link_or_a_file_is_refused(root):
    (root / "link").symlink_to("/tmp")
    (root / "bestand").write_text("")
    for name in ("link", "bestand"):
        with pytest.raises(ScratchError, match="DOSSIERPOORT_SCRATCH"):
            Scratch(root / name).assert_safe()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_root_of_another_user_is_refused(root):
    os.chown(root, 65534, 65534)
    with pytest.raises(ScratchError, match="andere gebruiker"):
        Scratch(root).assert_safe()


def test_a_root_that_others_may_read_is_closed(root):
    root.chmod(0o755)
    Scratch(root, limit=1).assert_safe()
    assert root.stat().st_mode & 0o777 == 0o700


def test_a_root_too_small_for_one_check_is_refused(root):
    with pytest.raises(ScratchError, match="te klein"):
        Scratch(root, limit=10**18).assert_safe()


def test_used_bytes_counts_files_in_all_directories(scratch, root):
    with scratch.directory() as path:
        (path / "a").mkdir()
        (path / "a" / "b").write_bytes(b"x" * 100_000)
        assert 100_000 <= scratch.used_bytes() == tree_bytes(root) < 120_000


def test_swap_is_named(tmp_path):
    swaps = tmp_path / "swaps"
    swaps.write_text("Filename\tType\tSize\tUsed\tPriority\n/dev/vda2 partition 100 0 -2\n/swapfile file 100 0 -3\n")
    assert swap_in_use(swaps) == ("/dev/vda2", "/swapfile")
    swaps.write_text("Filename\tType\tSize\tUsed\tPriority\n")
    assert swap_in_use(swaps) == ()
    assert swap_in_use(tmp_path / "geen") == ()
