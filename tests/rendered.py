"""A reviewed anonymised rendition for tests of what comes after it: written as the worker and a reviewer leave it.

The making itself is tested where it happens (tests/integration/test_renditions.py); here it would take seconds a page.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pikepdf
from PIL import Image
from sqlalchemy import select

from gateway.anonymisation import renditions
from gateway.anonymisation.record import mark_of
from gateway.anonymisation.rendition_tables import EDITION, AnonymisedRendition
from gateway.anonymisation.sealed import Group, seal_finds
from gateway.dossiers import derived
from gateway.dossiers.tables import DocumentVersion, Dossier
from gateway.ids import new_id
from tests import builders, personas

if TYPE_CHECKING:
    from gateway.services import Services

MARK = "GEANONIMISEERDE INHOUD"


def pdf(marker: str = MARK) -> bytes:
    """A PDF of one page that says this in its properties."""
    made = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.docinfo["/Title"] = marker
        document.save(made)
    return made.getvalue()


def group(text: str, replacement: str, kind: str = "PERSON_OTHER") -> Group:
    """One find, as it is kept."""
    return Group(
        key=text.lower(), text=text, kind=kind, source="known", certainty=1.0, replacement=replacement, count=1,
        places=("pagina 1",), locked=False,
    )  # fmt: skip


def reviewed(
    services: Services, document_id: str, *groups: Group, categories: str = "g k", state: str = "done", run: int = 1
) -> str:
    """A rendition of the newest version of this document that a person finished reviewing; gives its id."""
    context = builders.context(services, personas.SWV)
    with services.db.reading() as session:
        query = select(DocumentVersion).where(DocumentVersion.document_id == document_id)
        version = session.scalars(query.order_by(DocumentVersion.number.desc())).first()
        key = derived.key_of(services, session, version)
    picture = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(picture, "WEBP")
    first = run * renditions.PER_RUN
    files = [
        derived.seal(services, version, key, [content], kind=kind, number=first + page, media_type=media, size=(60, 80))
        for kind, page, media, content in (
            (renditions.PDF, 0, "application/pdf", pdf()),
            (renditions.PAGE, 1, "image/webp", picture.getvalue()),
        )
    ]
    with services.db.writing() as session:
        dossier = session.get_one(Dossier, version.dossier_id)
        row = renditions.of_version(session, version.id) or AnonymisedRendition(
            id=new_id(), tenant_id=dossier.tenant_id, dossier_id=dossier.id, document_id=document_id,
            version_id=version.id, content_mark=version.content_mark, asked_by=context.person.account_id,
            asked_at=context.now,
        )  # fmt: skip
        row.state, row.categories, row.run, row.edition, row.pages = state, categories, run, EDITION, 1
        row.made_at, row.reviewed_at, row.reviewed_by = context.now, context.now, context.person.account_id
        row.identities_mark = mark_of(services, session, dossier)
        session.add(row)
        session.flush()
        seal_finds(services.vault, session, row, list(groups or (group("Jip van Zwollebol", "[leerling]"),)))
        derived.replace(session, context, version, renditions.KINDS, files)
        return row.id
