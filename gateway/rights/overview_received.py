"""Who received data of a dossier, by name: recipients of verstrekkingen and partners in second opinions (C-154/21)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.rules import ORGANISATION_KINDS
from gateway.accounts.tables import Organisation
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.rights import overview_documents, overview_words
from gateway.rights.overview_values import Coded, OpinionPart, RecipientPart, TextPart
from gateway.rights.overview_words import coded, coded_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier
    from gateway.reglement.profiles import Profile
    from gateway.services import Services

FAMILY = "family"


def recipients(
    services: Services, session: Session, dossier: Dossier, profile: Profile, titles: Mapping[str, str]
) -> list[RecipientPart]:
    """Everyone who received data, by name: the organisation, and the person where that was recorded (C-154/21)."""
    query = (
        select(Verstrekking)
        .where(Verstrekking.dossier_id == dossier.id, Verstrekking.state == "open")
        .order_by(Verstrekking.made_at.desc(), Verstrekking.id)
    )
    rows = list(session.scalars(query))
    persons = people.names_of(session, services.vault, [row.expert_id for row in rows])
    versions_of = overview_documents.documents_of_versions(session, dossier.id)
    found = []
    for row in rows:
        organisation = session.get_one(Organisation, row.recipient_id)
        if organisation.kind == FAMILY:
            continue  # an earlier answer to pupil or guardian; the log tells of it
        items = list(
            session.scalars(select(VerstrekkingDocument).where(VerstrekkingDocument.verstrekking_id == row.id))
        )
        fetched = [item.fetched_at for item in items if item.fetched_at is not None]
        found.append(
            RecipientPart(
                organisation=organisation.name,
                kind=coded(organisation.kind, ORGANISATION_KINDS),
                person=_person(services, session, row, {key: each.name for key, each in persons.items()}),
                at=row.made_at,
                purpose=coded(row.purpose, overview_words.PURPOSES),
                basis=row.law or str(overview_words.BASES.get(row.basis, row.basis)),
                article=row.article,
                cited=profile.articles.get(row.article, row.article),
                form=coded(row.form, overview_words.FORMS),
                documents=tuple(titles.get(versions_of.get(item.version_id, ""), "") for item in items),
                categories=coded_all(row.categories.split(), overview_words.CATEGORIES),
                fetched_on=overview_words.day_of(min(fetched)) if fetched else None,
            )
        )
    return found


def _person(services: Services, session: Session, row: Verstrekking, experts: Mapping[str, str]) -> str:
    if row.expert_id is not None:
        return experts.get(row.expert_id, "")
    if row.details is None:
        return ""
    told = services.vault.open_json(session, row.dossier_id, "verstrekking", row.details)
    return str(told.get("recipient_person") or "")


def opinion(told: Mapping[str, Any]) -> OpinionPart:
    """A second opinion, as its own slice tells it."""
    return OpinionPart(
        partner=told["partner"],
        requested_on=told["requested_on"],
        phase=Coded(code=told["phase"], words=str(told["phase_words"])),
        experts=tuple(told["experts"]),
        advice=tuple(TextPart(heading=str(heading), text=text) for heading, text in told["advice"]),
        withheld=told["withheld"],
    )
