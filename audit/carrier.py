"""What carries a receipt or its keys: JSON, a PDF with the JSON attached, a list of keys. Standard library only."""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from audit.errors import AuditError, NoteError
from audit.note import COSIGNATURE, ED25519, VerifierKey

MOST_BYTES: Final = 4_000_000
ATTACHMENT: Final = "ontvangstbewijs.json"

_STREAM: Final = re.compile(rb"stream\r?\n")
_HEAD_MOST: Final = 2000
_GAP_MOST: Final = 64
_SPACE: Final = b" \t\n\r\f\v"
_EMBEDDED: Final = re.compile(rb"/Type\s*/EmbeddedFile\b")
_LENGTH: Final = re.compile(rb"/Length\s+([0-9]{1,9})(?![0-9])(?!\s+[0-9]+\s+R)")
_FLATE: Final = re.compile(rb"/Filter\s*(?:/FlateDecode|\[\s*/FlateDecode\s*\])")


class CarrierError(AuditError):
    """A file carries no receipt; the text is Dutch."""


def receipt_text(data: bytes) -> str:
    """The receipt that a file holds: the file itself, or when it is a PDF the one file attached to it.

    Raises ``CarrierError`` for a PDF without exactly one whole attachment, ``UnicodeDecodeError`` for other bytes
    that are no text. Source: ``FORMAT.md``, Receipt on paper.
    """
    return (_attached(data) if data.lstrip(b"\x00\t\n\x0c\r ").startswith(b"%PDF-") else data).decode()


def read_keys(given: str) -> list[VerifierKey]:
    """The keys that a text or file names: a key, a file with one a line, or ``dossierpoort-keys.json``.

    Empty lines and lines with # do not count. Raises ``NoteError`` when there is no key in it.
    """
    if not Path(given).is_file() and ("+" in given or given.lstrip().startswith("{")):
        return parse_keys(given)
    return parse_keys(read_file(Path(given)).decode())


def parse_keys(text: str) -> list[VerifierKey]:
    """The keys that a text holds, as ``read_keys`` takes them."""
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        keys = [VerifierKey.parse(each) for each in _published(text)]
    else:
        lines = [line.strip() for line in text.splitlines()]
        keys = [VerifierKey.parse(line) for line in lines if line and not line.startswith("#")]
    if not keys:
        raise NoteError("no key in the file")
    return keys


def read_file(path: Path) -> bytes:
    """The bytes of a file; more than ``MOST_BYTES`` raises ``OSError``."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError("het bestand is te groot")
    return data


def published_keys(own: list[bytes], timing: bytes | None, witnesses: list[VerifierKey]) -> Mapping[str, list[str]]:
    """What ``dossierpoort-keys.json`` says of the log: its own keys, newest first, and those of its witnesses.

    ``own``: the public bytes of every key that signs or signed checkpoints; ``timing``: of the present second key.
    """
    keys = [VerifierKey(name=origin_of(raw), kind=ED25519, raw=raw) for raw in own]
    if timing is not None and own:
        keys.insert(1, VerifierKey(name=f"{origin_of(own[0])}/time", kind=COSIGNATURE, raw=timing))
        keys += [VerifierKey(name=f"{origin_of(raw)}/time", kind=COSIGNATURE, raw=timing) for raw in own[1:]]
    return {"log": [str(key) for key in keys], "witnesses": [str(key) for key in witnesses]}


def origin_of(raw: bytes) -> str:
    """The name of a log whose own key has these public bytes."""
    return f"dossierpoort/{raw.hex()[:16]}"


def _published(text: str) -> Iterator[str]:
    try:
        record: Any = json.loads(text.lstrip("\ufeff"))
        lists = [record[name] for name in ("log", "witnesses") if name in record]
    except (ValueError, TypeError, RecursionError) as error:
        raise NoteError("the file of keys is not JSON") from error
    if not all(isinstance(each, list) and all(isinstance(key, str) for key in each) for each in lists):
        raise NoteError("the file of keys has another form")
    for each in lists:
        yield from each


def _attached(data: bytes) -> bytes:
    """The one embedded file of a PDF whose streams stand in the open, as ours do; a later version of it counts too."""
    found = [(head, start) for head, start in _streams(data) if _EMBEDDED.search(head)]
    if not found:
        raise CarrierError("In deze PDF zit geen ontvangstbewijs als bijlage.")
    if len(found) > 1:
        raise CarrierError("In deze PDF zit meer dan één bijlage: niet duidelijk is welke het ontvangstbewijs is.")
    head, start = found[0]
    length = _LENGTH.search(head)
    if length is None or b"/DecodeParms" in head:
        raise CarrierError("De bijlage in deze PDF is niet te lezen.")
    body = data[start : start + int(length[1])]
    if len(body) < int(length[1]):
        raise CarrierError("Deze PDF is niet volledig: de bijlage is afgebroken.")
    if _FLATE.search(head):
        return _inflate(body)
    if b"/Filter" in head:
        raise CarrierError("De bijlage in deze PDF is niet te lezen.")
    return body


def _streams(data: bytes) -> Iterator[tuple[bytes, int]]:
    """The dictionary of every stream that stands in the open, and where its body begins.

    Found from the word `stream` backwards, so that the work grows with the file and no faster, whatever stands in it.
    """
    after = 0
    for word in _STREAM.finditer(data):
        before = data[max(after, word.start() - _HEAD_MOST - _GAP_MOST) : word.start()]
        closed = before.rstrip(_SPACE)
        if not closed.endswith(b">>") or len(before) - len(closed) > _GAP_MOST:
            continue
        head = closed[:-2][-_HEAD_MOST - 2 :].rpartition(b"endobj")[2]
        opened = head.find(b"<<")
        if opened >= 0:
            after = word.end()
            yield head[opened + 2 :], after


def _inflate(body: bytes) -> bytes:
    unpack = zlib.decompressobj()
    try:
        text = unpack.decompress(body, MOST_BYTES)
    except zlib.error as error:
        raise CarrierError("De bijlage in deze PDF is niet te lezen.") from error
    if not unpack.eof or unpack.unused_data:
        raise CarrierError("De bijlage in deze PDF is niet te lezen.")
    return text
