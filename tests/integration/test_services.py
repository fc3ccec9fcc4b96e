"""The services of the tests are real, shared, and gone afterwards."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.services import clamd, processes, shared

ROOT = Path(__file__).resolve().parents[2]


def _instream(address: str, content: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(20)
        line.connect(address)
        line.sendall(b"zINSTREAM\0" + len(content).to_bytes(4) + content + bytes(4))
        return line.recv(4096)


def test_clamd_finds_the_test_file_also_inside_another_and_nothing_else(clamd_socket: str) -> None:
    assert b"Eicar-Test-Signature" in _instream(clamd_socket, clamd.eicar())
    assert b"Eicar-Test-Signature" in _instream(clamd_socket, b"before " * 1000 + clamd.eicar() + b" after")
    assert _instream(clamd_socket, b"an ordinary letter") == b"stream: OK\0"


def test_clamd_spools_in_memory_and_keeps_nothing(clamd_socket: str) -> None:
    _instream(clamd_socket, b"a sentence about a child " * 100_000)
    spool = Path(shared.obtain("clamd").scratch)
    assert spool.is_relative_to("/dev/shm")
    end = time.monotonic() + 5
    while list(spool.iterdir()) and time.monotonic() < end:
        time.sleep(0.01)  # it answers first and clears away then
    assert list(spool.iterdir()) == []


def test_the_postgres_database_is_empty_and_its_role_is_no_superuser(postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
        role = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    assert (tables, role) == ((0,), (False,))


def test_a_service_is_started_once_however_often_it_is_asked_for(clamd_socket: str) -> None:
    assert shared.obtain("clamd").socket == clamd_socket


def test_a_missing_program_is_told_with_what_to_do() -> None:
    with pytest.raises(processes.ServiceMissing, match="script/setup test"):
        processes.program("no-such-daemon", package="no-such-package")


def test_a_service_can_be_left_out_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(shared.WITHOUT, "s3,clamd")
    assert shared.obtain("clamd") is None


def test_a_running_service_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(shared.WITHOUT, raising=False)
    monkeypatch.setenv("DOSSIERPOORT_TEST_POSTGRES", "postgresql+psycopg://u:p@127.0.0.1:1/d")
    assert shared.obtain("postgres").url == "postgresql+psycopg://u:p@127.0.0.1:1/d"
    monkeypatch.setenv("DOSSIERPOORT_TEST_POSTGRES", str(tmp_path / "nothing.json"))
    with pytest.raises(processes.ServiceError, match="DOSSIERPOORT_TEST_POSTGRES"):
        shared.obtain("postgres")


def _cli(*words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "tests.services", *words],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=60,
    ).stdout


@pytest.mark.parametrize("name", ["postgres", "clamd"])
def test_the_command_line_starts_twice_the_same_and_stops_for_certain(
    name: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("clamd_socket" if name == "clamd" else "postgres_server")
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o711)  # the postgres user must pass through
        first, second = (_cli(name, "start", "--dir", place) for _ in range(2))
        spools = [path.resolve() for path in Path(place, name).glob("spool")]
        noted, alive = processes._noted(Path(place, name)), processes.alive(Path(place, name))
        for _ in range(2):
            _cli(name, "stop", "--dir", place)
        assert not Path(place, name).exists()
    assert first == second == f"DOSSIERPOORT_TEST_{name.upper()}={place}/{name}/service.json\n"
    assert alive
    assert noted
    assert not any(path.exists() for path in spools)
    assert not any(psutil.pid_exists(pid) for pid, _ in noted)


@pytest.mark.usefixtures("clamd_socket")
def test_a_run_that_is_killed_leaves_no_service_behind() -> None:
    script = (
        "import os, signal; from tests.services import processes, shared\n"
        "shared.begin_run(); shared.obtain('clamd'); place = shared.Path(os.environ[shared.RUN])\n"
        "print(place, *(pid for pid, _ in processes._noted(place / 'clamd')), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    outer = (shared.RUN, shared.OWNER, "DOSSIERPOORT_TEST_CLAMD", shared.WITHOUT)
    clean = {name: value for name, value in os.environ.items() if name not in outer}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT, env=clean, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    place, pid = done.stdout.split()
    end = time.monotonic() + 20
    while (psutil.pid_exists(int(pid)) or Path(place).exists()) and time.monotonic() < end:
        time.sleep(0.1)
    assert not psutil.pid_exists(int(pid))
    assert not Path(place).exists()


def test_the_s3_server_refuses_a_wrong_secret(s3_service: Any) -> None:
    from botocore.exceptions import ClientError

    wrong = type(s3_service)(
        endpoint_url=s3_service.endpoint_url,
        tls_endpoint_url=s3_service.tls_endpoint_url,
        ca_bundle=s3_service.ca_bundle,
        access_key=s3_service.access_key,
        secret_key="wrong",
        configuration=s3_service.configuration,
    )
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        wrong.client().list_buckets()
