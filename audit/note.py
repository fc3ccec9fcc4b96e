"""Signed notes and checkpoints after C2SP, with Ed25519. Standard library and ``cryptography`` only.

A key has a name and a kind: ``ED25519`` signs the text, ``COSIGNATURE`` signs the text and a time (cosignature/v1).
Source: C2SP signed-note, tlog-checkpoint, tlog-cosignature.
"""

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.errors import NoteError

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
MOST_SIGNATURES: Final = 64
MOST_CHARACTERS: Final = 64_000

_DASH: Final = "\u2014 "
_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = {ED25519: 64, COSIGNATURE: 72}
_NAME: Final = re.compile(r"[^\s+]+\Z")
_VKEY: Final = re.compile(r"(?P<name>[^\s+]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+={0,2})\Z")
_SIZE: Final = re.compile(r"(?:0|[1-9][0-9]{0,17})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key with its name and kind; ``str()`` gives the C2SP text form ``name+id+base64``."""

    name: str
    kind: int
    raw: bytes

    def __post_init__(self) -> None:
        """Refuse what no note can carry."""
        if not _NAME.match(self.name) or self.kind not in _SIGNATURE_BYTES or len(self.raw) != _KEY_BYTES:
            raise NoteError("a verifier key has a name without spaces or plus, a known kind and 32 bytes")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form; any other text raises ``NoteError``."""
        match = _VKEY.match(text)
        if match is None:
            raise NoteError("this is not a verifier key (name+id+base64)")
        material = decode_base64(match["key"])
        key = cls(name=match["name"], kind=material[0] if material else 0, raw=material[1:])
        if key.key_id.hex() != match["id"]:
            raise NoteError("the verifier key does not have the id it states")
        return key

    @property
    def key_id(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.raw).digest()[:4]

    @property
    def fingerprint(self) -> str:
        """What two people compare by telephone: 160 bits of the hash of the text form, in groups of four hex digits."""
        digits = hashlib.sha256(str(self).encode()).hexdigest()[:40].upper()
        return " ".join(digits[at : at + 4] for at in range(0, 40, 4))

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.kind]) + self.raw).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A private key with its name and kind."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)
    kind: int = ED25519

    @property
    def key(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(name=self.name, kind=self.kind, raw=self.private.public_key().public_bytes_raw())

    def line(self, text: str, at: datetime) -> str:
        """The signature line over ``text``; ``at`` counts for a cosignature only."""
        if self.kind == ED25519:
            signature = self.private.sign(text.encode())
        else:
            seconds = int(at.timestamp())
            signature = struct.pack(">Q", seconds) + self.private.sign(_timed(text, seconds))
        return f"{_DASH}{self.name} {base64.b64encode(self.key.key_id + signature).decode()}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature that was found right: by which key, and when if it says so."""

    key: VerifierKey
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedNote:
    """A note's text with the signatures of known keys on it, each found right."""

    text: str
    signatures: tuple[Signature, ...]

    def signed_by(self, key: VerifierKey) -> bool:
        """Whether this key is among them."""
        return any(each.key == key for each in self.signatures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log's statement: this many leaves, this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the three lines; extension lines or any other form raise ``NoteError``."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0] or not _SIZE.match(lines[1]):  # noqa: PLR2004 - three lines
            raise NoteError("this is not a checkpoint of three lines")
        checkpoint = cls(origin=lines[0], size=int(lines[1]), root=decode_base64(lines[2]))
        if len(checkpoint.root) != _KEY_BYTES:
            raise NoteError("the checkpoint's root is not a hash of 32 bytes")
        return checkpoint


def sign_note(text: str, signers: Sequence[Signer], *, at: datetime) -> str:
    """The text with a signature line of each signer; ``at`` is the time that cosigners put under it."""
    _check_text(text)
    return text + "\n" + "".join(signer.line(text, at) for signer in signers)


def open_note(note: str, keys: Collection[VerifierKey]) -> OpenedNote:
    """The text of a note signed by at least one of ``keys``; raises ``NoteError`` otherwise.

    Signatures of unknown keys are ignored; a wrong signature of a known key refuses the whole note.
    """
    if len(note) > MOST_CHARACTERS:
        raise NoteError("the note is too long")
    text, separator, rest = note.rpartition("\n\n")
    text += "\n"
    lines = rest.split("\n")
    if not separator or lines.pop() or not 0 < len(lines) <= MOST_SIGNATURES:
        raise NoteError("the note has no signature lines")
    _check_text(text)
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[VerifierKey, Signature] = {}
    for line in lines:
        name, key_id, signature = _parse_line(line)
        key = known.get((name, key_id))
        if key is not None and key not in found:
            found[key] = _verify(key, text, signature)
    if not found:
        raise NoteError("the note carries no signature of a trusted key")
    return OpenedNote(text=text, signatures=tuple(found.values()))


def add_lines(note: str, lines: Sequence[str]) -> str:
    """The note with more signature lines, such as cosignatures that came in later."""
    return note + "".join(lines)


def only_signed_by(note: str, key: VerifierKey) -> str:
    """The note with the signature of this key and of no other; raises ``NoteError`` when it does not carry one."""
    text = open_note(note, [key]).text
    lines = note[len(text) + 1 :].splitlines(keepends=True)
    mine = next(line for line in lines if _parse_line(line.rstrip("\n"))[:2] == (key.name, key.key_id))
    return f"{text}\n{mine}"


def open_checkpoint(
    note: str, *, key: VerifierKey, others: Collection[VerifierKey] = ()
) -> tuple[Checkpoint, OpenedNote]:
    """The checkpoint of a note that the log's ``key`` signed and whose origin is that key's name.

    ``others`` are cosigners whose signatures are checked too when they are there. Raises ``NoteError``.
    """
    opened = open_note(note, [key, *others])
    if not opened.signed_by(key):
        raise NoteError("the checkpoint is not signed by the log's key")
    checkpoint = Checkpoint.parse(opened.text)
    if checkpoint.origin != key.name:
        raise NoteError("the checkpoint is of another log")
    return checkpoint, opened


def decode_base64(text: str) -> bytes:
    """The bytes that base64 in its one canonical spelling stands for; any other text raises ``NoteError``."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("base64 was expected") from error
    if base64.b64encode(decoded).decode() != text:
        raise NoteError("base64 has one spelling")  # two texts for one signature would be two notes
    return decoded


def _verify(key: VerifierKey, text: str, signature: bytes) -> Signature:
    if len(signature) != _SIGNATURE_BYTES[key.kind]:
        raise NoteError("a signature of a trusted key has a wrong length")
    signed, at = text.encode(), None
    if key.kind == COSIGNATURE:
        seconds = struct.unpack(">Q", signature[:8])[0]
        signed, signature = _timed(text, seconds), signature[8:]
        try:
            at = datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise NoteError("a cosignature states a time that does not exist") from error
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, signed)
    except InvalidSignature as error:
        raise NoteError("a signature of a trusted key is wrong") from error
    return Signature(key=key, at=at)


def _parse_line(line: str) -> tuple[str, bytes, bytes]:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _NAME.match(name):
        raise NoteError("a signature line has another form")
    blob = decode_base64(encoded)
    if len(blob) < 5:  # noqa: PLR2004 - four bytes of key id and a signature
        raise NoteError("a signature line has another form")
    return name, blob[:4], blob[4:]


def _timed(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _check_text(text: str) -> None:
    odd = any((each < " " and each != "\n") or "\ud800" <= each <= "\udfff" for each in text)
    if odd or not text.endswith("\n"):
        raise NoteError("a note's text ends in a newline and has no other control characters")
