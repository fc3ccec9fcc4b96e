"""Requests for inzage in every state, made in the tables, and redacted files as the worker would leave them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image
from sqlalchemy import select

from gateway import lines
from gateway.access import usecases as access
from gateway.anonymisation.choices import Choices
from gateway.anonymisation.sealed import Group
from gateway.disclosure.outgoing import REDACTED_PAGE, REDACTED_PDF
from gateway.dossiers import derived
from gateway.dossiers.tables import Document, DocumentVersion, DossierPerson, Rendition
from gateway.rights import answering, queries, redaction, redaction_kept, rules
from gateway.rights.rules import Decision
from gateway.rights.tables import RightRequest
from tests import builders, personas
from tests.builders import context

if TYPE_CHECKING:
    from gateway.rights.inzage_tables import InzageDocument
    from gateway.services import Services

PDF = b"%PDF-1.7\n% zonder gegevens van anderen\n"


def demo(services: Services) -> tuple[str, str]:
    """The demo's submitted dossier of this guardian, and its one document."""
    account = builders.account(services, personas.GUARDIAN)
    with services.db.reading() as session:
        query = select(Document).join(DossierPerson, DossierPerson.dossier_id == Document.dossier_id)
        found = session.scalars(query.where(DossierPerson.account_id == account.id)).first()
        assert found is not None
        return found.dossier_id, found.id


def relative(services: Services, dossier_id: str, email: str = personas.GUARDIAN, **changes: Any) -> str:
    """Let this account see the dossier, as the guardian with authority unless changed; returns the account's id."""
    account = builders.account(services, email)
    values = {"capacity": "guardian", "has_authority": True, "guardian_id": "nobody", **changes}
    with services.db.writing() as session:
        session.merge(DossierPerson(dossier_id=dossier_id, account_id=account.id, **values))
    return account.id


def asked(services: Services, dossier_id: str, email: str = personas.GUARDIAN, **changes: Any) -> str:
    """A request for inzage that is being treated; returns its id."""
    lines.wire()
    who = context(services, email)
    values: dict[str, Any] = {
        "kind": "inzage",
        "state": rules.TREATED,
        "capacity": "guardian",
        "way": "portal",
        "asked_by": who.person.account_id,
        **changes,
    }
    with services.db.writing() as session:
        row = RightRequest(
            tenant_id=who.person.tenant_id,
            dossier_id=dossier_id,
            received_on=who.today,
            details=b"",
            made_by=who.person.account_id,
            made_at=who.now,
            changed_at=who.now,
            **values,
        )
        session.add(row)
        session.flush()
        told = {"text": "", "who": "Mies van Zwollebol", "identified": ""}
        row.details = queries.seal(session, services.vault, row, "details", told)
        return row.id


def begun(services: Services, dossier_id: str, email: str = personas.GUARDIAN, **changes: Any) -> str:
    """The same, taken up by the officer, who promised confidentiality."""
    request_id = asked(services, dossier_id, email, **changes)
    officer = context(services, personas.OFFICER)
    access.accept_confidentiality(services, officer)
    redaction.begin(services, officer, request_id)
    return request_id


def decided(services: Services, request_id: str, outcome: str = "granted") -> None:
    """Decide, as the officer's desk does: first what must be ready, then the answer in the same transaction."""
    officer = context(services, personas.OFFICER)
    with services.db.writing() as session:
        row = queries.by_id(session, officer, request_id, lock=True)
        row.outcome = outcome
        answering.ready(services, session, row)
        row.state = rules.DECIDED
        made = Decision(outcome=outcome, reasons="Verzonnen.", article="AVG 15")
        answering.decided(services, session, officer, row, made)


def given(services: Services, dossier_id: str, email: str = personas.GUARDIAN, **changes: Any) -> str:
    """A request that was granted, with every document as it is; returns its id."""
    request_id = begun(services, dossier_id, email, **changes)
    officer = context(services, personas.OFFICER)
    for each in answering.prepared(services, officer, request_id).overview.documents:
        if each.release.code == "open":
            redaction.choose(services, officer, request_id, each.id, "whole")
    decided(services, request_id)
    return request_id


def documents(services: Services, request_id: str) -> list[str]:
    """The documents of the dossier that a request is about."""
    found = answering.prepared(services, context(services, personas.OFFICER), request_id)
    return [each.id for each in found.overview.documents if each.release.code != "gone"]


def redacted(services: Services, request_id: str, document_id: str) -> None:
    """A redacted file that waits for review, as the worker would leave it but without its work: `Storm` went."""
    officer = context(services, personas.OFFICER)
    redaction.ask(services, officer, request_id, document_id)
    picture = io.BytesIO()
    Image.new("RGB", (400, 560), "white").save(picture, "WEBP")
    with services.db.writing() as session:
        row = redaction_kept.of_request(session, request_id)[document_id]
        version = session.get_one(DocumentVersion, row.version_id)
        row.run += 1
        first = redaction_kept.first_number(row, row.run)
        key = derived.key_of(services, session, version)
        for content, kind, number, media, size in (
            (PDF, REDACTED_PDF, first, "application/pdf", None),
            (picture.getvalue(), REDACTED_PAGE, first + 1, "image/webp", (400, 560)),
        ):
            made = derived.seal(
                services, version, key, [content], kind=kind, number=number, media_type=media, size=size
            )
            session.add(
                Rendition(
                    version_id=version.id,
                    kind=kind,
                    number=number,
                    object_key=made.object_key,
                    sealed_size=made.sealed_size,
                    sealed_sha256=made.sealed_sha256,
                    media_type=media,
                    width=made.width,
                    height=made.height,
                )
            )
        _found(services, session, row)
        row.state = "review"


def _found(services: Services, session: Any, row: InzageDocument) -> None:
    values = {"count": 1, "places": ("pagina 1",), "locked": False, "certainty": 0.9}
    groups = [
        Group(key="storm", text="Storm", kind="PERSON_OTHER", source="model", replacement="[persoon 1]", **values),
        Group(key="jip", text="Jip", kind="PERSON_PUPIL", source="known", replacement="[leerling]", **values),
    ]
    choices = redaction_kept.choices_of(services, session, row)
    made = Choices(keep=choices.keep, added=choices.added, own=frozenset({"jip"}))
    redaction_kept.seal_made(services, session, row, groups, {}, made)
