"""The scanner speaks with a real clamd that knows one signature, and is never clean by accident."""

import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.dossiers.files.errors import ScannerUnavailableError
from gateway.dossiers.files.scan import ClamdScanner, NoScanner
from tests.data.files import bad

MIB = 1024 * 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def clamd() -> Iterator[tuple[Path, int]]:
    """A clamd on tmpfs with only the test signature; gives its socket and its port."""
    if shutil.which("clamd") is None:
        pytest.skip("clamd is not installed (apt-get install clamav-daemon)")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        work, port = Path(folder), free_port()
        (work / "db").mkdir()
        (work / "tmp").mkdir()
        (work / "db" / "local.ndb").write_text(f"Eicar-Test:0:*:{bad.EICAR.hex()}\n")
        config = {
            "LocalSocket": work / "clamd.sock",
            "TCPSocket": port,
            "TCPAddr": "127.0.0.1",
            "DatabaseDirectory": work / "db",
            "TemporaryDirectory": work / "tmp",
            "StreamMaxLength": "3M",
            "AlertExceedsMax": "yes",
            "Foreground": "yes",
        }
        (work / "clamd.conf").write_text("".join(f"{key} {value}\n" for key, value in config.items()))
        with subprocess.Popen(
            ["clamd", "-c", str(work / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as daemon:
            try:
                wait_until_ready(ClamdScanner(f"unix:{work / 'clamd.sock'}"))
                yield work / "clamd.sock", port
            finally:
                daemon.kill()


def wait_until_ready(scanner: ClamdScanner) -> None:
    for _ in range(150):
        if scanner.ping():
            return
        time.sleep(0.1)
    pytest.fail("clamd did not start")


@pytest.mark.parametrize("form", ["unix:{socket}", "{socket}", "127.0.0.1:{port}", "tcp://127.0.0.1:{port}"])
def test_clamd_finds_the_test_virus_and_passes_a_report_over_each_kind_of_address(clamd, form):
    scanner = ClamdScanner(form.format(socket=clamd[0], port=clamd[1]), timeout=20)
    found = scanner.scan([bad.EICAR[:20], bad.EICAR[20:]])
    assert not found.clean
    assert found.signature == "Eicar-Test.UNOFFICIAL"
    passed = scanner.scan([bad.sample("verslag.pdf")])
    assert passed.clean
    assert passed.scanned
    assert passed.signature is None


def test_empty_chunks_do_not_end_the_stream_early(clamd):
    scanner = ClamdScanner(str(clamd[0]), timeout=20)
    assert not scanner.scan([b"", bad.EICAR[:30], b"", bad.EICAR[30:]]).clean


def test_a_stream_that_clamd_finds_too_long_is_not_called_clean(clamd):
    scanner = ClamdScanner(str(clamd[0]), timeout=20)
    with pytest.raises(ScannerUnavailableError, match="StreamMaxLength"):
        scanner.scan(bytes(MIB) for _ in range(8))


def test_a_clamd_that_is_not_there_is_unavailable(tmp_path):
    for address in (f"unix:{tmp_path / 'geen.sock'}", f"127.0.0.1:{free_port()}", "onzin"):
        scanner = ClamdScanner(address, timeout=2)
        with pytest.raises(ScannerUnavailableError):
            scanner.scan([b"x"])
    assert not ClamdScanner(f"unix:{tmp_path / 'geen.sock'}").ping()


@pytest.mark.parametrize("reply", [b"", b"stream: ", b"OK\0", b"stream: OK but not really\0", b"INSTREAM: ERROR\0"])
def test_any_answer_but_a_clear_one_is_unavailable(reply):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer_once, args=(server, reply), daemon=True).start()
        with pytest.raises(ScannerUnavailableError):
            ClamdScanner(f"127.0.0.1:{server.getsockname()[1]}", timeout=5).scan([b"x"])


def answer_once(server: socket.socket, reply: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        received = b""
        while not received.endswith(b"\0\0\0\0"):
            received += connection.recv(65536)
        connection.sendall(reply)


def test_without_a_scanner_nothing_is_claimed():
    result = NoScanner().scan([bad.EICAR])
    assert (result.clean, result.scanned) == (True, False)
