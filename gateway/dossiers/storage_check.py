"""Holding storage against the rows: is every sealed object still there, and is it still what was sealed?

Only sealed bytes are read; no key is opened.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy import select

from gateway.convenant.tables import ConvenantDocument
from gateway.dossiers.tables import DocumentVersion, Rendition
from gateway.storage import ObjectMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.services import Services

BATCH = 500
_TABLES: tuple[tuple[str, type[DocumentVersion | Rendition | ConvenantDocument]], ...] = (
    ("document", DocumentVersion),
    ("rendition", Rendition),
    ("convenant", ConvenantDocument),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One object; `fault` is empty when it is right."""

    what: str
    id: str
    fault: str


def examine(services: Services, *, quick: bool = False) -> Iterator[Looked]:
    """Look at every object that a row knows; `quick` compares sizes only. Memory stays flat.

    Raises:
        gateway.storage.StorageError: storage itself is away.
    """
    for what, table in _TABLES:
        after = ""
        while True:
            with services.db.reading() as session:
                query = select(table).where(table.object_key > after).order_by(table.object_key).limit(BATCH)
                rows = cast("list[DocumentVersion | Rendition | ConvenantDocument]", session.scalars(query).all())
            for row in rows:
                if not isinstance(row, Rendition) and row.state == "rejected":
                    continue  # its object was erased on purpose
                name = row.id if not isinstance(row, Rendition) else f"{row.version_id}/{row.kind}/{row.number}"
                fault = _fault(services, row.object_key, row.sealed_size, row.sealed_sha256, quick=quick)
                yield Looked(what=what, id=name, fault=fault)
            if len(rows) < BATCH:
                break
            after = rows[-1].object_key


def _fault(services: Services, key: str, size: int, digest: bytes, *, quick: bool) -> str:
    try:
        if services.storage.size(key) != size:
            return "another size"
        if quick:
            return ""
        found = hashlib.sha256()
        for chunk in services.storage.read(key):
            found.update(chunk)
    except ObjectMissing:
        return "missing"
    return "" if found.digest() == digest else "changed"
