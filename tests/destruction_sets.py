"""Dossiers under Leiden's reglement, of which one set of categories ends before the other (D-PR 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from gateway.accounts.tables import Tenant
from gateway.destruction import run
from gateway.dossiers import usecases
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import Document, DocumentVersion, Dossier, Enrolment
from gateway.ids import new_id
from tests import builders
from tests.destructions import bare, ended_matter, go_to

SCHOOL = "school@demo.example"
SHORT = date(2029, 1, 10)
"""The last day of everything but health, of a pupil who left on 10 January 2027; health is kept until `LAST`."""
LONG = date(2030, 6, 30)
"""The same of a pupil who left on 30 June 2028: then health goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A dossier under Leiden's reglement with three documents: health alone, both, and no health."""

    dossier: str
    health: str
    mixed: str
    other: str


def leiden(services, left, **changes):
    with services.db.writing() as session:
        session.scalars(select(Tenant)).one().profile_id = "leiden-2014"
    dossier_id = builders.draft(services, **changes)
    ids = []
    for categories in (("e",), ("e", "g"), ("g", "k")):
        text = f"Verslag {dossier_id} {categories} (verzonnen).\n".encode()
        document_id = builders.upload(services, SCHOOL, dossier_id, "verslag.txt", text).document_id
        necessity = "Nodig (verzonnen)." if "e" in categories else ""
        builders.describe(services, SCHOOL, dossier_id, document_id, categories=categories, necessity=necessity)
        ids.append(document_id)
    builders.work(services)
    builders.checked(services, dossier_id)
    usecases.submit(services, builders.context(services, SCHOOL), dossier_id)
    ended_matter(services, dossier_id)
    with services.db.writing() as session:
        session.scalars(select(Enrolment).where(Enrolment.dossier_id == dossier_id)).one().until_day = left
    return Case(dossier=dossier_id, health=ids[0], mixed=ids[1], other=ids[2])


def rows_only(services, left):
    """The same by rows alone, where the files themselves decide nothing: health alone, both, and no health."""
    with services.db.writing() as session:
        session.scalars(select(Tenant)).one().profile_id = "leiden-2014"
    dossier_id = bare(services)
    ids = []
    with services.db.writing() as session:
        for categories in ("e", "e g", "g k"):
            document = Document(id=new_id(), dossier_id=dossier_id, made_by=new_id(), made_at=services.clock())
            session.add(document)
            session.flush()
            services.vault.create_part(session, dossier_id, document.id)
            session.add(
                DocumentVersion(
                    document_id=document.id,
                    dossier_id=dossier_id,
                    state="ready",
                    categories=categories,
                    kind="conversation",
                    object_key=new_id(),
                    sealed_size=1,
                    sealed_sha256=b"x" * 32,
                    plain_size=1,
                    content_mark=b"x" * 32,
                    media_kind="text",
                    file_name=b"x",
                    made_by=document.made_by,
                    made_at=document.made_at,
                )
            )
            ids.append(document.id)
        session.scalars(select(Enrolment).where(Enrolment.dossier_id == dossier_id)).one().until_day = left
    return Case(dossier=dossier_id, health=ids[0], mixed=ids[1], other=ids[2])


def health_first(services, make=leiden):
    return make(services, date(2028, 6, 30))


def health_last(services, make=leiden):
    return make(services, date(2027, 1, 10))


def announced(services, last):
    go_to(services, last - timedelta(days=20))
    assert run.run(services).announced == 1


def the_day(services, last):
    go_to(services, last + timedelta(days=12))


def documents(services, case):
    with services.db.reading() as session:
        return set(session.scalars(select(Document.id).where(Document.dossier_id == case.dossier)))


def record_of(services, case):
    with services.db.reading() as session:
        return pupil_of(session, services.vault, session.get_one(Dossier, case.dossier))
