"""The line by hand: what waits as one file for the partner, and the partner's file taken in with the same checks.

A file is a tar of packages, each signed and sealed by itself: messages of whoever made it, and answers to messages of
whoever gets it. Written in docs/FORMAT-peer-messages.md.
"""

from __future__ import annotations

import io
import re
import shutil
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Tenant
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from gateway.peers import arriving, carrying, rules, sealing, threads
from gateway.peers.arriving import NotTakenError
from gateway.peers.drafts import Carried, CarryError
from gateway.peers.tables import PeerLink, PeerMessage
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.context import Context
    from gateway.peers.sealing import Keys
    from gateway.services import Services

MOST_IN_FILE = 100
_MEMBER = re.compile(r"[0-9]{5}\.(message|answer)")
_CHUNK = 256 * 1024
NOT_A_FILE = sentence("Dit is geen bestand met berichten van deze partner.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a file: messages taken (again: that were here already), answers kept, packages refused.

    `answers` is the file for the partner, empty when there is nothing to answer.
    """

    taken: int
    answered: int
    refused: int
    answers: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file with what waits for a partner; it exists until the block ends, and only the partner opens it."""

    path: Path
    size: int
    count: int


@contextmanager
def export(services: Services, context: Context, link: PeerLink) -> Iterator[Exported]:
    """Make the file with what waits for the partner, oldest first; what it holds waits on until it is answered.

    Raises:
        ConflictError: nothing waits, or the partner's key cannot be used.
    """
    keys = _keys(services, context, link)
    with services.scratch.directory() as scratch:
        output, count, size = scratch / "file", 0, 0
        with tarfile.open(output, "w", format=tarfile.PAX_FORMAT) as tar:
            for row_id in _waiting(services, link):
                package = scratch / "package"
                try:
                    draft = carrying.draft_of(services, context, row_id)
                    envelope = sealing.seal(context, keys, draft, scratch, package)
                except (CarryError, UnavailableError) as error:
                    raise ConflictError("Dit bestand kan nu niet worden gemaakt. Probeer het later opnieuw.") from error
                size += package.stat().st_size
                if count and size > services.settings.max_peer_bytes:
                    break  # the rest goes in the next file
                count += 1
                _add(tar, f"{count:05d}.message", package)
                with services.db.writing() as session:
                    session.get_one(PeerMessage, row_id).digest = envelope.digest
        if not count:
            raise ConflictError("Er wacht niets voor deze partner.")
        _note(services, context, link, "export", {"messages": count})
        yield Exported(path=output, size=output.stat().st_size, count=count)


def take_in(services: Services, context: Context, link: PeerLink, source: IO[bytes]) -> Imported:
    """Take a partner's file in: every package is checked by itself, and one that is refused holds up nothing.

    Raises:
        InvalidInputError: it is no such file, or larger than may be.
        ConflictError: the partner's key cannot be used.
    """
    keys = _keys(services, context, link)
    with services.db.reading() as session:
        tenant = session.get_one(Tenant, link.tenant_id)
    taken = answered = refused = 0
    answers = io.BytesIO()
    with services.scratch.directory() as scratch, tarfile.open(fileobj=answers, mode="w") as back:
        for name, package in _packages(services, source, scratch):
            try:
                if name.endswith(".message"):
                    _, answer = arriving.take(services, context, tenant, package, scratch, link_id=link.id)
                    sealed = sealing.seal_answer(services, context, link, answer)
                    taken += 1
                    entry = tarfile.TarInfo(f"{taken:05d}.answer")
                    entry.size, entry.mode = len(sealed), 0o600
                    back.addfile(entry, io.BytesIO(sealed))
                else:
                    _settle(services, context, link, keys, package)
                    answered += 1
            except (NotTakenError, CarryError):
                refused += 1
    _note(services, context, link, "import", {"taken": taken, "answered": answered, "refused": refused})
    return Imported(taken=taken, answered=answered, refused=refused, answers=answers.getvalue() if taken else b"")


def _keys(services: Services, context: Context, link: PeerLink) -> Keys:
    if link.ended_at is not None:
        raise ConflictError("Deze lijn is gestopt.")
    if link.carrier == "local":
        raise NotFoundError
    try:
        return sealing.keys_of(services, context, link)
    except CarryError as error:
        raise ConflictError(
            "De OpenPGP-sleutel van deze partner kan niet worden gebruikt. Kijk bij de sleutels van de partner."
        ) from error


def _waiting(services: Services, link: PeerLink) -> list[str]:
    query = (
        select(PeerMessage.id)
        .where(
            PeerMessage.organisation_id == link.organisation_id,
            PeerMessage.direction == threads.OUT,
            PeerMessage.state == rules.WAITING,
        )
        .order_by(PeerMessage.made_at, PeerMessage.number, PeerMessage.id)
        .limit(MOST_IN_FILE)
    )
    with services.db.reading() as session:
        return list(session.scalars(query))


def _packages(services: Services, source: IO[bytes], scratch: Path) -> Iterator[tuple[str, Path]]:
    """Each package of a file from elsewhere, in scratch under a name of ours."""
    package, left = scratch / "package", services.settings.max_peer_bytes + 1_000_000
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for count, member in enumerate(tar, start=1):
                left -= member.size
                known = member.isreg() and _MEMBER.fullmatch(member.name)
                if not known or count > 2 * MOST_IN_FILE or left < 0:
                    raise InvalidInputError(NOT_A_FILE, field="file")
                content = tar.extractfile(member)
                with package.open("wb") as target:
                    if content is not None:
                        shutil.copyfileobj(content, target, _CHUNK)
                yield member.name, package
    except tarfile.TarError as error:
        raise InvalidInputError(NOT_A_FILE, field="file") from error


def _settle(services: Services, context: Context, link: PeerLink, keys: Keys, package: Path) -> None:
    """Keep the partner's answer to a message that went out in a file."""
    if package.stat().st_size > sealing.MOST_ACK:
        raise CarryError("answer")
    answer = sealing.open_answer(services, context, keys, package.read_bytes())
    with services.db.writing() as session:
        query = select(PeerMessage).where(
            PeerMessage.organisation_id == link.organisation_id,
            PeerMessage.direction == threads.OUT,
            PeerMessage.message_id == answer.message_id,
        )
        row = session.scalars(query).first()
        if row is None or (row.digest != answer.digest and not answer.code and not row.void):
            raise CarryError("answer")
        held = session.get_one(PeerLink, link.id)
        carrying.settle(services, session, context, held, row.id, Carried(digest=row.digest, answer=answer))


def _add(tar: tarfile.TarFile, name: str, package: Path) -> None:
    entry = tarfile.TarInfo(name)  # neither owner nor time of day
    entry.size, entry.mode = package.stat().st_size, 0o600
    with package.open("rb") as content:
        tar.addfile(entry, content)


def _note(services: Services, context: Context, link: PeerLink, what: str, told: dict[str, int]) -> None:
    with services.db.writing() as session:
        record(
            session,
            services.vault,
            context,
            Action.EXPORT if what == "export" else Action.RECORD,
            tenant_id=link.tenant_id,
            object_type="peer_file",
            object_id=link.id,
            payload={"what": what, **told},
        )
