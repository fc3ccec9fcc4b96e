"""One hostile file, one bounded child process, one verdict."""

import contextlib
import errno
import functools
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from gateway.dossiers.files.checks import Verdict, accepted, refused
from gateway.dossiers.files.child import OUT_OF_MEMORY, STARTED
from gateway.dossiers.files.errors import FilesError, RefusedError, SandboxUnavailableError, ScratchError
from gateway.dossiers.files.kinds import KINDS
from gateway.dossiers.files.limits import Limits
from gateway.dossiers.files.messages import MESSAGES, OK
from gateway.dossiers.files.renditions import Page
from gateway.dossiers.files.scan import Scanner, ScanResult
from gateway.dossiers.files.scratch import Scratch, tree_bytes

PROGRAMS: Final = "/usr/local/bin:/usr/bin:/bin"
"""Where the child finds the programs that it calls."""
_ROOT: Final = Path(__file__).resolve().parents[3]
_FULL: Final = "De werkmap is vol; probeer het later opnieuw. (Scratch is full; try again later.)"
_CHUNK: Final = 256 * 1024
_MAX_ANSWER: Final = 4 * 1024 * 1024
_TICK_SECONDS: Final = 0.25
_LAST_BREATH_SECONDS: Final = 10.0
_BREATH_SECONDS: Final = 0.02
_START_SECONDS: Final = 60.0
_TRIAL_SECONDS: Final = 30.0
_MAX_SIDE: Final = 16_383  # of a WebP image
# Killed by its bounds. unshare ends with 1 when what it guards was killed; a child that has started never does.
_HEAVY_EXITS: Final = frozenset(
    {OUT_OF_MEMORY, 1, -signal.SIGKILL, 128 + signal.SIGKILL, -signal.SIGXCPU, -signal.SIGABRT}
)
# Strongest first: no network and an own process tree that dies as one; as root, or by a user namespace.
_ISOLATION: Final = (
    ("unshare", "--net", "--pid", "--fork", "--kill-child"),
    ("unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child"),
    ("unshare", "--net"),
    ("unshare", "--user", "--map-root-user", "--net"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict on a file, its pages when it is good, and what the scanner said (None: never asked)."""

    verdict: Verdict
    pages: tuple[Page, ...] = ()
    scan: ScanResult | None = None


@contextlib.contextmanager
def run_check(
    scratch: Scratch,
    limits: Limits,
    write_plaintext: Callable[[Path], None],
    scanner: Scanner,
    *,
    extension: str | None = None,
) -> Iterator[Outcome]:
    """Scan, check and render one file; the pages of the outcome exist until the block ends, then nothing readable does.

    `write_plaintext` opens the sealed original into the path it gets. `extension` is that of the uploaded name.
    Whatever the file does — crash, hang, eat memory — becomes a refusing verdict. What is not the file's fault raises
    a FilesError, and the job must be tried again: ScannerUnavailableError, ScratchError (unsafe or full),
    SandboxUnavailableError (no LibreOffice), or whatever `write_plaintext` raised.

    Source: issue 2 (Whole-file checks run in a bounded worker; no plaintext file on a disk).
    """
    limits = replace(limits, max_scratch_bytes=min(limits.max_scratch_bytes, scratch.limit))
    with scratch.directory() as work:
        yield _outcome(work, limits, write_plaintext, scanner, extension)


def isolation() -> tuple[str, ...]:
    """The command prefix that takes the network away from the child; empty where the machine allows none (doctor)."""
    return _isolation()


def _outcome(
    work: Path, limits: Limits, write_plaintext: Callable[[Path], None], scanner: Scanner, extension: str | None
) -> Outcome:
    original = work / "original"
    try:
        write_plaintext(original)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise ScratchError(_FULL) from error
        raise
    original.chmod(0o600)
    size = original.stat().st_size
    if size == 0 or size > limits.max_bytes:
        return Outcome(verdict=refused("too_large" if size else "empty", limits))
    found = scanner.scan(_chunks(original))
    if not found.clean:
        return Outcome(verdict=refused("malware", limits), scan=found)
    into = work / "out"
    into.mkdir(mode=0o700)
    verdict, pages = _look(work, original, into, limits, extension)
    return Outcome(verdict=verdict, pages=pages, scan=found)


def _chunks(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _look(
    work: Path, original: Path, into: Path, limits: Limits, extension: str | None
) -> tuple[Verdict, tuple[Page, ...]]:
    job = {
        "work": str(work),
        "path": str(original),
        "into": str(into),
        "limits": asdict(limits),
        "extension": extension,
    }
    try:
        answered = run_child("gateway.dossiers.files.child", job, work, limits)
    except RefusedError as refusal:
        return refused(refusal.code, limits), ()
    return _read_answer(answered, into, limits)


def run_child(
    module: str,
    job: dict[str, Any],
    work: Path,
    limits: Limits,
    *,
    on_tick: Callable[[], None] = lambda: None,
) -> bytes:
    """What `module`, run as a bounded process without network (see `child.serve`), answers to `job`.

    `on_tick` is called a few times a second while it runs. Raises RefusedError ("too_heavy", "broken") for what the
    file did to it, SandboxUnavailableError when it did not come up. No process stays behind.
    """
    answer_path = work / "answer"
    with answer_path.open("w+b") as answer:
        exit_code = _run(module, job, work, answer.fileno(), limits, on_tick)
        answer.seek(0)
        answered = answer.read(_MAX_ANSWER + 1)
    started = STARTED.encode()
    if not answered.startswith(started):
        raise SandboxUnavailableError("the child process for a file check did not come up; see dossierpoort doctor")
    if exit_code is None or exit_code in _HEAVY_EXITS:
        raise RefusedError("too_heavy")
    if exit_code != 0 or len(answered) > _MAX_ANSWER:
        raise RefusedError("broken")
    return answered.removeprefix(started)


def _run(
    module: str, job: dict[str, Any], work: Path, answer: int, limits: Limits, on_tick: Callable[[], None]
) -> int | None:
    """Exit code of the child, or None when it was stopped for taking too long or too much; leaves no process behind."""
    command = [*_isolation(), sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", module]
    try:
        child = subprocess.Popen(  # noqa: S603 - fixed command; the job goes over a pipe
            command,
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            cwd=work,
            env=_environment(work),
            start_new_session=True,
            bufsize=0,
        )
    except OSError as error:
        raise SandboxUnavailableError("the child process for a file check could not be started") from error
    with child:
        try:
            return _wait(child, job, work, answer, limits, on_tick)
        finally:
            _end(child)


def _wait(
    child: subprocess.Popen[bytes],
    job: dict[str, Any],
    work: Path,
    answer: int,
    limits: Limits,
    on_tick: Callable[[], None],
) -> int | None:
    assert child.stdin is not None  # noqa: S101 - for the type checker: stdin=PIPE above
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write(json.dumps(job).encode() + b"\n")
    end, started = time.monotonic() + _START_SECONDS, False
    while True:
        try:
            return child.wait(timeout=_TICK_SECONDS)
        except subprocess.TimeoutExpired:
            on_tick()
            if not started and os.fstat(answer).st_size > 0:
                # The file's time starts when the child looks at it: a slow machine is not the file's fault.
                end, started = time.monotonic() + limits.seconds, True
            if time.monotonic() > end or tree_bytes(work) > limits.max_scratch_bytes:
                return None


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the session and wait until it is gone, so that nothing writes while scratch is emptied."""
    end = time.monotonic() + _LAST_BREATH_SECONDS
    while _is_alive(child.pid) and time.monotonic() < end:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        time.sleep(_BREATH_SECONDS)


def _is_alive(session: int) -> bool:
    """Whether a process of this session runs; one that only waits to be reaped does not."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # pid (name) state parent group session …, and the name may hold anything
            state, _parent, _group, its_session = status.read_text(errors="replace").rpartition(")")[2].split()[:4]
            if int(its_session) == session and state not in {"Z", "X"}:
                return True
    return False


def _environment(work: Path) -> dict[str, str]:
    """Nothing of ours: no secrets, and every place that programs write to lies in this scratch directory."""
    home = work / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    places = dict.fromkeys(
        ("HOME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"), str(home)
    )
    return {"PATH": PROGRAMS, "LANG": "C.UTF-8", "PYTHONPATH": str(_ROOT), **places}


def _read_answer(answered: bytes, into: Path, limits: Limits) -> tuple[Verdict, tuple[Page, ...]]:
    """The child parsed hostile bytes: believe its answer only as far as it can be checked."""
    try:
        result = json.loads(answered)
        if "unavailable" in result:
            raise _unavailable(result["unavailable"])
        kind = KINDS.get(result["kind"] or "")
        code = result["code"]
        if code != OK:
            return refused(code if code in MESSAGES else "broken", limits, kind=kind), ()
        if kind is None or not 0 < len(result["pages"]) <= limits.max_pages:
            return refused("broken", limits), ()
        pages = tuple(_page(n, details, into, limits) for n, details in enumerate(result["pages"], start=1))
        return accepted(kind, limits, pages=len(pages)), pages
    except FilesError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError):
        return refused("broken", limits), ()


def _unavailable(what: object) -> FilesError:
    if what == "converter":
        return SandboxUnavailableError(
            "LibreOffice is missing: apt-get install libreoffice-writer-nogui libreoffice-calc-nogui"
        )
    return ScratchError(_FULL)


def _page(number: int, details: dict[str, Any], into: Path, limits: Limits) -> Page:
    image, text = into / f"page-{number:04d}.webp", into / f"page-{number:04d}.txt"
    for path in (image, text):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ValueError("not a regular file")
    with image.open("rb") as file:
        head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WEBP":
        raise ValueError("not a page image")
    with text.open(encoding="utf-8") as file:
        words = file.read(limits.max_text_chars)
    width, height = int(details["width"]), int(details["height"])
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
        raise ValueError("no such size")
    return Page(number=number, path=image, width=width, height=height, text=words)


@functools.cache
def _isolation() -> tuple[str, ...]:
    for prefix in _ISOLATION:
        program = shutil.which(prefix[0])
        if program is None:
            return ()
        try:
            trial = subprocess.run(  # noqa: S603 - fixed commands
                [program, *prefix[1:], "true"], capture_output=True, check=False, timeout=_TRIAL_SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise SandboxUnavailableError("this machine is too busy to start a file check") from error
        if trial.returncode == 0:
            return (program, *prefix[1:])
    return ()
