"""Files made from a version by what stands above the dossiers: sealed, kept as its renditions, replaced, opened.

They are renditions like the page images: their key hangs under the version's, so that they die with it, and erasing,
reconciling and checking storage know them already. The caller decides and writes the event.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from crypto.stream import SealingSink
from gateway.dossiers.content import open_content, open_rendition, rendition_context, rendition_key
from gateway.dossiers.tables import Dossier, Erasure, Rendition
from gateway.errors import NotFoundError
from gateway.storage import StorageError, new_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import DocumentVersion
    from gateway.services import Services

BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A sealed object that has no row yet."""

    kind: str
    number: int
    media_type: str
    object_key: str
    sealed_size: int
    sealed_sha256: bytes
    width: int | None = None
    height: int | None = None


def original(services: Services, session: Session, version: DocumentVersion) -> Iterator[bytes]:
    """The original of a version, for work of the gateway itself; no person sees what this gives."""
    dossier = session.get_one(Dossier, version.dossier_id)
    return open_content(services, session, tenant_id=dossier.tenant_id, version=version)


def seal(
    services: Services,
    version: DocumentVersion,
    key: bytes,
    content: Iterable[bytes],
    *,
    kind: str,
    number: int,
    media_type: str,
    size: tuple[int, int] | None = None,
) -> Derived:
    """Seal a file under the key of the version's renditions (`key_of`); object first, its row comes with `replace`."""
    object_key = new_key()
    context = rendition_context(dossier_id=version.dossier_id, version_id=version.id, kind=kind, number=number)
    with services.storage.writer(object_key) as writer:
        sink = SealingSink(key, context, writer.write)
        for piece in content:
            sink.update(piece)
        sealed = sink.finish()
        writer.commit()
    return Derived(
        kind=kind,
        number=number,
        media_type=media_type,
        object_key=object_key,
        sealed_size=sealed.sealed_size,
        sealed_sha256=sealed.sealed_sha256,
        width=size[0] if size else None,
        height=size[1] if size else None,
    )


def key_of(services: Services, session: Session, version: DocumentVersion) -> bytes:
    """The key of the version's renditions. Raises LookupError when it has none (any more)."""
    return rendition_key(services.vault, session, version)


def blocks(path: Path) -> Iterator[bytes]:
    """What stands in a file of the scratch space, a block at a time."""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def write(path: Path, chunks: Iterable[bytes]) -> None:
    """Lay content in a file of the scratch space."""
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)


def throw_away(services: Services, files: Iterable[Derived]) -> None:
    """Take back objects that got no row; the reconciler takes what stays."""
    for item in files:
        with contextlib.suppress(StorageError):
            services.storage.delete(item.object_key)


def replace(
    session: Session, context: Context, version: DocumentVersion, kinds: Collection[str], made: Iterable[Derived]
) -> None:
    """Give a version these files of these kinds in the place of those it had, whose objects go."""
    query = select(Rendition).where(Rendition.version_id == version.id, Rendition.kind.in_(kinds))
    for row in session.scalars(query).all():
        session.merge(Erasure(object_key=row.object_key, asked_at=context.now))
        session.delete(row)
    session.flush()
    add(session, version, made)


def drop(session: Session, context: Context, version: DocumentVersion, kinds: Collection[str], numbers: range) -> None:
    """Take away the version's files of these kinds with a number in this range; their objects go."""
    query = select(Rendition).where(
        Rendition.version_id == version.id,
        Rendition.kind.in_(kinds),
        Rendition.number >= numbers.start,
        Rendition.number < numbers.stop,
    )
    for row in session.scalars(query).all():
        session.merge(Erasure(object_key=row.object_key, asked_at=context.now))
        session.delete(row)
    session.flush()


def add(session: Session, version: DocumentVersion, made: Iterable[Derived]) -> None:
    """Give a version these files beside those it has."""
    for item in made:
        session.add(
            Rendition(
                version_id=version.id,
                kind=item.kind,
                number=item.number,
                object_key=item.object_key,
                sealed_size=item.sealed_size,
                sealed_sha256=item.sealed_sha256,
                media_type=item.media_type,
                width=item.width,
                height=item.height,
            )
        )


def listed(session: Session, version: DocumentVersion, kind: str) -> list[Rendition]:
    """The version's files of one kind, in order."""
    query = select(Rendition).where(Rendition.version_id == version.id, Rendition.kind == kind)
    return list(session.scalars(query.order_by(Rendition.number)))


def opened(services: Services, session: Session, version: DocumentVersion, row: Rendition) -> Iterator[bytes]:
    """Open one of them. Raises UnavailableError when storage does not answer or the object is not what was sealed."""
    if row.version_id != version.id:
        raise NotFoundError
    return open_rendition(services, session, row, version)
