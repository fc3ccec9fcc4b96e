"""One hostile file, one bounded child: what it may take, what it leaves behind, what it can reach."""

import dataclasses
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import psutil
import pytest
from PIL import Image

from gateway.dossiers.files import confine, sandbox
from gateway.dossiers.files.checks import refused
from gateway.dossiers.files.errors import SandboxUnavailableError, ScannerUnavailableError, ScratchError
from gateway.dossiers.files.kinds import DOCX
from gateway.dossiers.files.limits import MIB, Limits
from gateway.dossiers.files.renditions import office_to_pdf
from gateway.dossiers.files.sandbox import isolation, run_check
from gateway.dossiers.files.scan import NoScanner, ScanResult
from gateway.dossiers.files.scratch import Scratch
from tests.data.files import bad, make

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = Path(bad.HERE)
LIMITS = Limits()
WITH_TEXT = [
    "verslag.pdf",
    "verslag.docx",
    "verslag.odt",
    "verslag.rtf",
    "scores.xlsx",
    "verslag.txt",
    "verslag-cp1252.txt",
    "verslag-utf16.txt",
]
PICTURES = [("scan.pdf", 1), ("foto.jpg", 1), ("scan.png", 1), ("scan.tiff", 2)]

needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    root = Path(tempfile.mkdtemp(prefix="test-sandbox-", dir="/dev/shm"))
    yield Scratch(root)
    left = list(root.iterdir())
    shutil.rmtree(root, ignore_errors=True)
    assert left == [], "something stayed in scratch"
    assert children_of(root) == [], "a process stayed alive"


def children_of(root: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(root):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def writer(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def slow_pdf() -> bytes:
    """480 pages that together take far longer than these tests wait."""
    out = io.BytesIO()
    with pikepdf.new() as document, pikepdf.open(SAMPLES / "verslag.pdf") as one:
        for _ in range(480):
            document.pages.append(one.pages[0])
        document.save(out)
    return out.getvalue()


class Found:
    def scan(self, chunks: Iterable[bytes]) -> ScanResult:
        assert b"".join(chunks).startswith(b"%PDF")
        return ScanResult(clean=False, signature="Eicar-Test")


class Away:
    def scan(self, chunks: Iterable[bytes]) -> ScanResult:
        raise ScannerUnavailableError("clamd is away")


# --- good files ------------------------------------------------------------------------------------------------------


@needs_office
@pytest.mark.parametrize("name", WITH_TEXT)
def test_a_file_with_text_becomes_pages_that_can_be_read_and_heard(scratch, name):
    data = (SAMPLES / name).read_bytes()
    with run_check(scratch, LIMITS, writer(data), NoScanner(), extension=Path(name).suffix) as outcome:
        assert outcome.verdict.ok, outcome.verdict
        assert outcome.verdict.pages == len(outcome.pages) == 1
        assert outcome.scan == ScanResult(clean=True, scanned=False)
        page = outcome.pages[0]
        assert make.MARKER in page.text
        with Image.open(page.path, formats=["WEBP"]) as image:
            assert image.size == (page.width, page.height)
            assert image.height > image.width > 1000
            assert image.convert("L").getextrema()[0] < 100, "there is ink on the page"


@pytest.mark.parametrize(("name", "pages"), PICTURES)
def test_a_scan_becomes_upright_pages_without_metadata(scratch, name, pages):
    data = (SAMPLES / name).read_bytes()
    with run_check(scratch, LIMITS, writer(data), NoScanner()) as outcome:
        assert outcome.verdict.ok, outcome.verdict
        assert [page.number for page in outcome.pages] == list(range(1, pages + 1))
        for page in outcome.pages:
            assert page.text == ""
            assert make.MARKER.encode() not in page.path.read_bytes()
            with Image.open(page.path) as image:
                assert image.height > image.width
                assert not image.getexif()
                assert set(image.info) <= {"background", "loop", "timestamp", "duration"}
        with Image.open(outcome.pages[0].path) as image:
            grey = image.convert("L")
            top, bottom = (
                min(grey.crop((0, y, image.width, y + image.height // 3)).get_flattened_data())
                for y in (0, image.height * 2 // 3)
            )
            assert top < 100 < bottom, "the title stands at the top"


@needs_office
def test_two_office_files_at_once_do_not_disturb_each_other(scratch):
    codes: list[str] = []

    def one(name: str) -> None:
        with run_check(scratch, LIMITS, writer((SAMPLES / name).read_bytes()), NoScanner()) as outcome:
            codes.append(outcome.verdict.code)

    threads = [threading.Thread(target=one, args=(name,)) for name in ("verslag.docx", "verslag.odt")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == ["ok", "ok"]


# --- bad files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "empty_file",
        "jpeg_called_pdf",
        "pdf_with_javascript_on_opening",
        "pdf_with_password",
        "docx_with_vba",
        "docx_that_is_a_zip_bomb",
        "odt_with_password",
        "rtf_with_object",
        "jpeg_with_zip_behind_it",
        "png_of_60_megapixels",
    ],
)
def test_a_bad_file_gets_the_same_code_through_the_child_and_no_pages(scratch, name):
    data, extension, code = bad.BAD[name]()
    with run_check(scratch, LIMITS, writer(data), NoScanner(), extension=extension) as outcome:
        assert outcome.verdict.code == code
        assert outcome.pages == ()


@pytest.mark.long
@pytest.mark.parametrize("name", bad.BAD)
def test_every_bad_file_gets_the_same_code_through_the_child(scratch, name):
    data, extension, code = bad.BAD[name]()
    with run_check(scratch, LIMITS, writer(data), NoScanner(), extension=extension) as outcome:
        assert outcome.verdict.code == code


def test_a_file_above_the_limit_is_refused_before_any_process_starts(scratch, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bestaat/niet")
    limits = dataclasses.replace(LIMITS, max_bytes=100)
    with run_check(scratch, limits, writer(b"x" * 101), NoScanner()) as outcome:
        assert outcome.verdict.code == "too_large"


def test_malware_is_refused_with_its_signature_and_never_opened(scratch, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bestaat/niet")
    with run_check(scratch, LIMITS, writer(bad.sample("verslag.pdf")), Found()) as outcome:
        assert outcome.verdict.code == "malware"
        assert outcome.scan is not None
        assert outcome.scan.signature == "Eicar-Test"


# --- what is not the file's fault ------------------------------------------------------------------------------------


def test_an_absent_scanner_stops_the_job_and_leaves_nothing(scratch):
    with pytest.raises(ScannerUnavailableError), run_check(scratch, LIMITS, writer(b"%PDF-"), Away()):
        pass


def test_an_original_that_cannot_be_written_is_a_full_scratch_and_no_verdict(scratch):
    def no_room(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(ScratchError, match="vol"), run_check(scratch, LIMITS, no_room, NoScanner()):
        pass


def test_an_error_of_the_caller_passes_through_and_leaves_nothing(scratch):
    for error in (KeyError, ConnectionResetError):

        def seal_is_broken(path: Path, error: type[Exception] = error) -> None:
            path.write_bytes(b"half")
            raise error

        with pytest.raises(error), run_check(scratch, LIMITS, seal_is_broken, NoScanner()):
            pass


def test_a_machine_that_cannot_start_the_child_is_not_the_files_fault(scratch, monkeypatch):
    monkeypatch.setattr(sandbox, "_isolation", lambda: ("/bestaat/niet",))
    with pytest.raises(SandboxUnavailableError), run_check(scratch, LIMITS, writer(b"tekst"), NoScanner()):
        pass


def test_a_child_that_does_not_come_up_is_not_the_files_fault(scratch, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SandboxUnavailableError), run_check(scratch, LIMITS, writer(b"tekst"), NoScanner()):
        pass


def test_a_machine_without_libreoffice_is_not_the_files_fault(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailableError):
        office_to_pdf(SAMPLES / "verslag.docx", DOCX, tmp_path, LIMITS)


# --- bounds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bound",
    [{"seconds": 1.5}, {"cpu_seconds": 1}, {"max_scratch_bytes": 2 * MIB}],
    ids=["wall clock", "processor", "scratch"],
)
def test_a_file_that_takes_too_much_is_too_heavy_and_nothing_of_it_lives_on(scratch, bound):
    started = time.monotonic()
    with run_check(scratch, dataclasses.replace(LIMITS, **bound), writer(slow_pdf()), NoScanner()) as outcome:
        assert outcome.verdict.code == "too_heavy"
        assert outcome.pages == ()
        assert children_of(scratch.root) == []
    assert time.monotonic() - started < 60


@needs_office
def test_libreoffice_is_stopped_with_everything_it_started(scratch):
    limits = dataclasses.replace(LIMITS, seconds=0.2)
    with run_check(scratch, limits, writer(bad.sample("verslag.docx")), NoScanner()) as outcome:
        assert outcome.verdict.code == "too_heavy"
        assert children_of(scratch.root) == []


def test_memory_is_bounded_an_image_that_needs_more_is_too_heavy(scratch):
    data = bad.png_header(8_000, 6_000)
    limits = dataclasses.replace(LIMITS, memory_bytes=220 * MIB)
    with run_check(scratch, limits, writer(data), NoScanner()) as outcome:
        assert outcome.verdict.code == "too_heavy"
    with run_check(scratch, LIMITS, writer(data), NoScanner()) as outcome:
        assert outcome.verdict.ok


@needs_office
def test_memory_of_libreoffice_is_bounded_too(scratch):
    limits = dataclasses.replace(LIMITS, memory_bytes=400 * MIB)
    with run_check(scratch, limits, writer(bad.sample("verslag.docx")), NoScanner()) as outcome:
        assert outcome.verdict.code in {"too_heavy", "broken"}


def test_one_file_that_the_child_writes_is_bounded(scratch):
    limits = dataclasses.replace(LIMITS, max_written_bytes=1000)
    with run_check(scratch, limits, writer(bad.sample("scan.png")), NoScanner()) as outcome:
        assert outcome.verdict.code in {"too_heavy", "broken"}
        assert not outcome.verdict.ok


# --- nothing gets out, nothing stays ---------------------------------------------------------------------------------


def test_the_child_gets_no_secret_of_its_parent(scratch, monkeypatch):
    monkeypatch.setenv("DOSSIERPOORT_ROOT_SECRET", "zeer-geheim")
    environments = watch_child(scratch, lambda process: process.environ())
    assert environments
    for environment in environments:
        assert "zeer-geheim" not in environment.values()
        assert set(environment) <= {
            "PATH",
            "LANG",
            "PYTHONPATH",
            "HOME",
            "TMPDIR",
            "TMP",
            "TEMP",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_RUNTIME_DIR",
            "LC_CTYPE",
        }


def test_the_job_is_not_on_the_command_line(scratch):
    lines = watch_child(scratch, lambda process: process.cmdline())
    assert lines
    for line in lines:
        assert str(scratch.root) not in " ".join(line)


def watch_child(scratch: Scratch, look: Callable[[psutil.Process], Any]) -> list[Any]:
    """What `look` sees of each process of a check while it runs."""
    seen: list[Any] = []

    def check() -> None:
        with run_check(scratch, dataclasses.replace(LIMITS, seconds=4), writer(slow_pdf()), NoScanner()):
            pass

    runner = threading.Thread(target=check)
    runner.start()
    wait_for(lambda: list(scratch.root.glob("job-*/out/page-0001.webp")))
    seen.extend(look(process) for process in children_of(scratch.root))
    runner.join()
    return seen


def test_a_killed_worker_takes_its_child_along_and_sweep_removes_what_it_left(scratch):
    program = (
        "import sys; from pathlib import Path; from gateway.dossiers.files.sandbox import run_check;"
        "from gateway.dossiers.files.scratch import Scratch; from gateway.dossiers.files.scan import NoScanner;"
        "from gateway.dossiers.files.limits import Limits\n"
        "with run_check(Scratch(Path(sys.argv[1])), Limits(), lambda p: p.write_bytes(Path(sys.argv[2]).read_bytes()) and None, NoScanner()): pass"
    )
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as source:
        source.write(slow_pdf())
        source.flush()
        with subprocess.Popen(
            [sys.executable, "-c", program, str(scratch.root), source.name], cwd=REPOSITORY
        ) as worker:
            wait_for(lambda: list(scratch.root.glob("job-*/out/page-0001.webp")))
            assert children_of(scratch.root)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    wait_for(lambda: not children_of(scratch.root))
    assert len(list(scratch.root.iterdir())) == 1
    assert scratch.sweep() == 1


@needs_office
@pytest.mark.parametrize("name", ["verslag.docx", "verslag.pdf", "scan.tiff"])
def test_nothing_readable_stands_on_a_disk_during_or_after_a_check(scratch, name):
    data = (SAMPLES / name).read_bytes()
    needles = (make.MARKER.encode(), make.MARKER.encode("utf-16-le"), data[1000:1040])
    started = time.time() - 0.1
    found: set[Path] = set()
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(0.5):
            for path in changed_since(started):
                if holds(path, needles):
                    found.add(path)

    watcher = threading.Thread(target=sample)
    watcher.start()
    try:
        with run_check(scratch, LIMITS, writer(data), NoScanner()) as outcome:
            assert outcome.verdict.ok
    finally:
        stop.set()
        watcher.join()
    found.update(path for path in changed_since(started) if holds(path, needles))
    assert found == set()


def test_the_watch_over_the_disks_would_see_a_leak():
    started = time.time() - 0.1
    with tempfile.NamedTemporaryFile(dir="/var/tmp", prefix="dossierpoort-lek-") as leak:
        leak.write(make.MARKER.encode("utf-16-le"))
        leak.flush()
        needle = make.MARKER.encode("utf-16-le")
        assert [path for path in changed_since(started) if holds(path, (needle,))] == [Path(leak.name)]


def changed_since(moment: float) -> Iterator[Path]:
    for place in ("/tmp", "/var/tmp", "/var/spool", "/var/cache/fontconfig", "/run", str(Path.home()), str(REPOSITORY)):
        for folder, names, files in os.walk(place):
            # What other tests write on purpose, and the compiled form of the tests, hold the sentence too.
            names[:] = [
                name
                for name in names
                if name not in {".git", ".venv", "node_modules", "__pycache__"} and not name.startswith("pytest-of-")
            ]
            for name in files:
                path = Path(folder, name)
                try:
                    status = path.lstat()
                except OSError:
                    continue
                if status.st_mtime >= moment and path.is_file() and status.st_size < 50 * MIB:
                    yield path


def holds(path: Path, needles: tuple[bytes, ...]) -> bool:
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return any(needle in content for needle in needles)


def test_the_network_is_out_of_reach_where_the_machine_allows_it():
    if not isolation():
        pytest.skip("this machine allows no namespaces")
    attempt = "import socket,sys\ntry: socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2)\nexcept OSError: sys.exit(7)"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        assert subprocess.run([sys.executable, "-c", attempt, port], check=False).returncode == 0
        assert subprocess.run([*isolation(), sys.executable, "-c", attempt, port], check=False).returncode == 7


@needs_office
def test_without_namespaces_the_bounds_hold_all_the_same(scratch, monkeypatch):
    monkeypatch.setattr(sandbox, "_isolation", lambda: ())
    docx = writer(bad.sample("verslag.docx"))
    with run_check(scratch, LIMITS, docx, NoScanner()) as outcome:
        assert outcome.verdict.ok
    for limits in (dataclasses.replace(LIMITS, seconds=1.0), dataclasses.replace(LIMITS, cpu_seconds=1)):
        with run_check(scratch, limits, writer(slow_pdf()), NoScanner()) as outcome:
            assert outcome.verdict.code == "too_heavy"
            assert children_of(scratch.root) == []
    with run_check(scratch, dataclasses.replace(LIMITS, seconds=0.2), docx, NoScanner()):
        assert children_of(scratch.root) == []


@pytest.mark.skipif(confine.landlock_version() == 0, reason="this kernel has no Landlock")
def test_a_confined_process_writes_only_in_its_directory_and_reads_no_keys(scratch, tmp_path):
    key = tmp_path / "sleutels.json"
    key.write_text("zeer geheim")
    program = """
import json, os, sys
from pathlib import Path
from gateway.dossiers.files.confine import confine
work, key = Path(sys.argv[1]), Path(sys.argv[2])
confine(work)
def reach(act):
    try:
        act()
    except PermissionError:
        return False
    return True
print(json.dumps({
    "own": reach(lambda: (work / "x").write_text("x")),
    "key": reach(key.read_text),
    "beside": reach(lambda: (work.parent / "x").write_text("x")),
    "list scratch": reach(lambda: os.listdir(work.parent)),
    "tmp": reach(lambda: Path("/tmp/dossierpoort-proef").write_text("x")),
    "home": reach(lambda: Path.home().joinpath("dossierpoort-proef").write_text("x")),
    "signal": reach(lambda: os.kill(os.getppid(), 0)),
}))
"""
    with scratch.directory() as work:
        ended = subprocess.run(
            [sys.executable, "-c", program, str(work), str(key)],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=True,
        )
        reached = json.loads(ended.stdout)
    if confine.landlock_version() < 6:
        reached.pop("signal")
    assert reached.pop("own")
    assert not any(reached.values()), reached


# --- a child that lies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"null",
        b'{"code": "ok"}',
        b'{"code": "ok", "kind": "exe", "pages": [{"width": 1, "height": 1}]}',
        b'{"code": "ok", "kind": "pdf", "pages": []}',
        b'{"code": "ok", "kind": "pdf", "pages": [{"width": 1, "height": 1}, {"width": 1, "height": 1}]}',
        b'{"code": "alles is goed", "kind": "pdf", "pages": []}',
        b'{"code": ["ok"], "kind": "pdf", "pages": []}',
        b'{"code": "ok", "kind": "pdf", "pages": [{"width": -1, "height": 1}]}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_an_answer_that_does_not_hold_is_a_broken_file(tmp_path, answer):
    (tmp_path / "page-0001.webp").write_bytes(b"RIFF\0\0\0\0WEBP")
    (tmp_path / "page-0001.txt").write_text("")
    verdict, pages = sandbox._read_answer(answer, tmp_path, LIMITS)
    assert pages == ()
    assert verdict.code == "broken"


def test_a_page_that_is_a_link_to_something_else_is_not_followed(tmp_path):
    (tmp_path / "page-0001.webp").write_bytes(b"RIFF\0\0\0\0WEBP")
    (tmp_path / "page-0001.txt").symlink_to("/etc/passwd")
    answer = b'{"code": "ok", "kind": "pdf", "pages": [{"width": 1, "height": 1}]}'
    assert sandbox._read_answer(answer, tmp_path, LIMITS) == (refused("broken", LIMITS), ())
