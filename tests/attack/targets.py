"""The parsers that we wrote ourselves, each as a function of bytes, with what it may say and where to begin."""

from __future__ import annotations

import io
import mmap
import tempfile
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit import carrier, events, note, verify, witness
from audit.errors import AuditError
from gateway import references
from gateway.dossiers import multipart_stream, raw_body, rules
from gateway.dossiers.files import image_checks, kinds, text_checks
from gateway.dossiers.files.errors import FilesError
from gateway.errors import GatewayError
from gateway.reglement import profiles
from gateway.reglement.errors import ReglementError
from gateway.sheets import harmless
from gateway.web import safe_next

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TESTS = Path(__file__).resolve().parent.parent
BOUNDARY = "grens"
MULTIPART = (
    b'--grens\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\nabc\r\n'
    b'--grens\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nVerslag\r\n--grens--\r\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One parser: what it is given, what it may raise, and samples that it takes."""

    run: Callable[[bytes], Any]
    raises: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]


def _text(function: Callable[[str], Any]) -> Callable[[bytes], Any]:
    return lambda data: function(data.decode("utf-8", "replace"))


@contextmanager
def _file(data: bytes) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
        file.write(data)
        file.flush()
        yield Path(file.name)


def _rtf(data: bytes) -> None:
    with _file(data) as path:
        text_checks.check_rtf(path)


def _mapped(function: Callable[[mmap.mmap], Any]) -> Callable[[bytes], Any]:
    def run(data: bytes) -> None:
        with (
            _file(data or b"\x00") as path,
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view,
        ):
            function(view)

    return run


def _multipart(data: bytes) -> None:
    parts = multipart_stream.read_parts(
        io.BytesIO(data),
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
        content_length=None,
        max_bytes=100_000,
        max_parts=20,
    )
    for part in parts:
        if isinstance(part, multipart_stream.FilePart):
            rules.clean_file_name(part.file_name)
            assert sum(len(chunk) for chunk in part.chunks) <= len(data)


def _raw(data: bytes) -> None:
    source = raw_body._Stream(io.BytesIO(data))
    assert (
        b"".join(bytes(piece) for piece in raw_body.pieces(source, content_length=len(data), max_bytes=10**6)) == data
    )


def _profile(data: bytes) -> None:
    try:
        tomllib.loads(data.decode("utf-8", "replace"))
    except tomllib.TOMLDecodeError:
        return
    profiles.read(data.decode("utf-8", "replace"))


def _next(data: bytes) -> None:
    found = safe_next(data.decode("utf-8", "replace"))
    read = found.replace("\\", "/").replace("\t", "").replace("\r", "").replace("\n", "")
    assert read.startswith("/")
    assert not read.startswith("//")


def _cell(data: bytes) -> None:
    assert not harmless(data.decode("utf-8", "replace")).lstrip().startswith(("=", "+", "-", "@"))


def _name(data: bytes) -> None:
    found = rules.clean_file_name(data.decode("utf-8", "replace"))
    assert found
    assert len(found) <= 150
    assert not set("/\\\r\n\x00") & set(found)


def _files(*patterns: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for pattern in patterns for path in sorted(TESTS.glob(pattern)))


NOTE = (TESTS / "vectors/audit/checkpoint.txt").read_bytes()
TARGETS: dict[str, Target] = {
    "receipt in a PDF": Target(
        run=carrier.receipt_text, raises=(AuditError, UnicodeDecodeError), seeds=_files("vectors/audit/pdf/*.pdf")
    ),
    "receipt": Target(
        run=_text(verify.parse_receipt), raises=(AuditError,), seeds=_files("vectors/audit/receipts/*.json")
    ),
    "keys of a log": Target(run=_text(carrier.parse_keys), raises=(AuditError,), seeds=_files("vectors/audit/keys.*")),
    "signed note": Target(run=_text(lambda text: note.open_note(text, [])), raises=(AuditError,), seeds=(NOTE,)),
    "request to a witness": Target(
        run=witness.parse_request, raises=(AuditError,), seeds=(b"old 3\nAAAA\n\n" + NOTE, b"old 0\n\n" + NOTE)
    ),
    "stored event": Target(
        run=events.read_canonical, raises=(AuditError,), seeds=(b'{"v":1,"event_id":"' + b"0" * 32 + b'"}', b"{}")
    ),
    "multipart": Target(run=_multipart, raises=(GatewayError,), seeds=(MULTIPART, MULTIPART[:90], b"--grens--\r\n")),
    "raw body": Target(run=_raw, raises=(GatewayError,), seeds=(b"Verslag", b"")),
    "profile": Target(
        run=_profile, raises=(ReglementError,), seeds=_files("../gateway/reglement/profiles/po-raad-2014.toml")
    ),
    "kind of a file": Target(
        run=kinds.sniff, raises=(), seeds=tuple(seed[:9000] for seed in _files("data/files/*.*")[:12])
    ),
    "text": Target(run=text_checks.decode_text, raises=(FilesError,), seeds=_files("data/files/*.txt")),
    "RTF": Target(run=_rtf, raises=(FilesError,), seeds=tuple(seed[:6000] for seed in _files("data/files/*.rtf"))),
    "JPEG": Target(run=_mapped(image_checks._check_jpeg), raises=(FilesError,), seeds=_files("data/files/foto.jpg")),
    "PNG": Target(run=_mapped(image_checks._end_of_png), raises=(FilesError,), seeds=_files("data/files/scan.png")),
    "where to go on": Target(run=_next, raises=(), seeds=(b"/dossiers", b"//evil.example", b"/\\evil", b"/\r/]")),
    "cell of a list": Target(run=_cell, raises=(), seeds=(b"=1+1", b"gewoon", b"\t=1")),
    "file name": Target(run=_name, raises=(), seeds=(b"verslag.pdf", b"../../etc/passwd", "\u202efdp.exe".encode())),
    "reference": Target(run=_text(references.id_ending), raises=(GatewayError,), seeds=(b"K7QM-2XPD",)),
    "BSN": Target(run=_text(rules.check_bsn), raises=(GatewayError,), seeds=(b"123456782", b"12.34.56.782")),
}


def one_input(target: Target, data: bytes) -> None:
    """Give a target one input; only what it may raise passes."""
    try:
        target.run(data)
    except target.raises:
        return
