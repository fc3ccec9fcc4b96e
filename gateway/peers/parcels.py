"""A message as an OpenPGP package: documents and envelope in one stream, signed by us and sealed for the partner alone.

Inside is a tar: the documents under numbers, and last the envelope, which names them with their hashes. The OpenPGP
signature covers all of it. Written in docs/FORMAT-peer-messages.md.
"""

from __future__ import annotations

import hashlib
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, cast

from gateway.peers.envelope import MOST_ATTACHMENTS, Attached, Envelope, EnvelopeError, canonical, parse_envelope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gateway.peers.drafts import Draft
    from gateway.peers.handlers import Leaving

ENVELOPE = "envelope.json"
MOST_ENVELOPE = 600_000
_READ = 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Parcel:
    """A draft on its way into a package; `envelope` is there when the stream has been read to its end."""

    draft: Draft
    sender: str
    receiver: str
    envelope: Envelope | None = field(default=None, init=False)

    def chunks(self) -> Iterator[bytes]:
        """The inside of the package as a stream.

        Raises:
            EnvelopeError: a document is not as long as was said.
        """
        attached: list[Attached] = []
        for number, each in enumerate(self.draft.leaving, start=1):
            yield _header(f"{number:05d}", each.size)
            digest = hashlib.sha256()
            yield from _exactly(each, digest)
            yield bytes(-each.size % tarfile.BLOCKSIZE)
            attached.append(Attached(name=each.name, size=each.size, sha256=digest.hexdigest()))
        self.envelope = enveloped(self.draft, self.sender, self.receiver, attached)
        raw = canonical(self.envelope.to_json())
        yield _header(ENVELOPE, len(raw)) + raw + bytes(-len(raw) % tarfile.BLOCKSIZE)
        yield bytes(2 * tarfile.BLOCKSIZE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a package held: the envelope, and its documents as streams, in their order."""

    envelope: Envelope
    _tar: Any = field(repr=False)
    _members: Sequence[Any] = field(repr=False)

    def documents(self) -> Iterator[tuple[Attached, Iterator[bytes]]]:
        """Each document with its content; the hash is for the reader to compare."""
        for each, member in zip(self.envelope.attachments, self._members, strict=True):
            yield each, _read(cast("IO[bytes]", self._tar.extractfile(member)))


def enveloped(draft: Draft, sender: str, receiver: str, attached: Sequence[Attached]) -> Envelope:
    """The envelope of a draft."""
    return Envelope(
        sender=sender,
        receiver=receiver,
        message_id=draft.message_id,
        thread=draft.thread,
        number=draft.number,
        kind=draft.kind,
        made_at=draft.made_at,
        body=draft.body,
        attachments=tuple(attached),
    )


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Read the inside of a package whose signature was verified.

    Raises:
        EnvelopeError: it is not exactly what the format says.
    """
    try:
        with tarfile.open(path, mode="r:") as tar:
            members = tar.getmembers()
            *documents, last = members or [tarfile.TarInfo()]
            names = [member.name for member in members]
            expected = [f"{number:05d}" for number in range(1, len(documents) + 1)]
            if names != [*expected, ENVELOPE] or len(documents) > MOST_ATTACHMENTS or last.size > MOST_ENVELOPE:
                raise EnvelopeError
            if not all(member.isreg() for member in members):
                raise EnvelopeError
            envelope = parse_envelope(cast("IO[bytes]", tar.extractfile(last)).read())
            if [each.size for each in envelope.attachments] != [member.size for member in documents]:
                raise EnvelopeError
            yield Opened(envelope=envelope, _tar=tar, _members=documents)
    except tarfile.TarError as error:
        raise EnvelopeError from error


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)  # neither owner nor time of day
    entry.size, entry.mode = size, 0o600
    return entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def _exactly(each: Leaving, digest: hashlib._Hash) -> Iterator[bytes]:
    left = each.size
    for chunk in each.chunks:
        left -= len(chunk)
        if left < 0:
            break
        digest.update(chunk)
        yield chunk
    if left:
        raise EnvelopeError


def _read(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_READ):
        yield chunk
