"""The register of processing activities (AVG 30), made from what the system does: rules, data seen, settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Role
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers.tables import DocumentVersion, Dossier
from gateway.oversight.queries import note_reading
from gateway.reglement.versions import in_force
from gateway.sentences import counted, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.config import Settings
    from gateway.context import Context
    from gateway.reglement.profiles import Profile
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One processing activity: its purpose, what is really kept and disclosed for it, to whom, on which basis."""

    purpose: str
    allowed: bool
    categories: Sequence[str]
    recipients: Sequence[tuple[str, str]]
    bases: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingRegister:
    """The register as its page shows it."""

    controller: str
    officers: Sequence[str]
    profile_title: str
    profile_version: str
    activities: Sequence[Activity]
    unused: Sequence[str]
    keep: str
    log_term: str
    transfers: Sequence[str]
    measures: Sequence[str]


def register(services: Services, context: Context) -> ProcessingRegister:
    """The register of the tenant as things are now. That it was read stands in the log. Source: AVG 30(1)."""
    tenant_id = context.officer.tenant_id
    with services.db.reading() as session:
        tenant = session.get_one(Tenant, tenant_id)
        profile = in_force(session, tenant_id, tenant.profile_id, context.today)
        found = _activities(session, tenant_id, profile)
        seen = {activity.purpose for activity in found}
        made = ProcessingRegister(
            controller=tenant.name,
            officers=_officers(services, session, tenant_id),
            profile_title=profile.title,
            profile_version=f"{profile.id}@{profile.version}",
            activities=found,
            unused=sorted(profile.record_purposes - seen),
            keep=counted(
                "%(num)d jaar na het besluit of het einde van de zaak",
                "%(num)d jaar na het besluit of het einde van de zaak",
                profile.keep_years,
            ),
            log_term=sentence("Het logboek blijft ook daarna bestaan, zonder de gegevens van de leerling."),
            transfers=_transfers(services.settings),
            measures=_measures(services),
        )
    note_reading(services, context, "processing")
    return made


def _activities(session: Session, tenant_id: str, profile: Profile) -> list[Activity]:
    kept: dict[str, set[str]] = {}
    documents = (
        select(DocumentVersion.purpose, DocumentVersion.categories)
        .join(Dossier, Dossier.id == DocumentVersion.dossier_id)
        .where(Dossier.tenant_id == tenant_id, DocumentVersion.purpose.is_not(None))
        .distinct()
    )
    for purpose, categories in session.execute(documents):
        kept.setdefault(str(purpose), set()).update(word[0] for word in (categories or "").split())
    given: dict[str, set[tuple[str, str]]] = {}
    bases: dict[str, set[str]] = {}
    disclosed = (
        select(
            Verstrekking.purpose,
            Verstrekking.basis,
            Verstrekking.law,
            Verstrekking.categories,
            Organisation.kind,
            Organisation.name,
        )
        .join(Organisation, Organisation.id == Verstrekking.recipient_id)
        .where(Verstrekking.tenant_id == tenant_id, Verstrekking.state == "open")
        .distinct()
    )
    for purpose, basis, law, categories, kind, name in session.execute(disclosed):
        kept.setdefault(str(purpose), set()).update(word[0] for word in categories.split())
        given.setdefault(str(purpose), set()).add((str(kind), str(name)))
        bases.setdefault(str(purpose), set()).add(str(law or basis))
    return [
        Activity(
            purpose=purpose,
            allowed=purpose in profile.record_purposes,
            categories=sorted(letters),
            recipients=sorted(given.get(purpose, ())),
            bases=sorted(bases.get(purpose, ())),
        )
        for purpose, letters in sorted(kept.items())
    ]


def _officers(services: Services, session: Session, tenant_id: str) -> list[str]:
    found = people.names_of(session, services.vault, people.of_tenant(session, tenant_id, Role.PRIVACY_OFFICER))
    return sorted(person.name for person in found.values())


def _transfers(settings: Settings) -> list[str]:
    told: list[str] = []
    if settings.storage == "s3":
        told.append(
            sentence("Versleutelde stukken staan bij een S3-opslag in de regio %(region)s.", region=settings.s3_region)
        )
    if settings.keyring_kind == "aws-kms":
        told.append(sentence("Sleutels openen met AWS KMS in de regio %(region)s.", region=settings.kms_region))
    return told or [sentence("Geen. Alles staat op de eigen server.")]


def _measures(services: Services) -> list[str]:
    settings = services.settings
    return [
        sentence("Stukken en gegevens over personen zijn versleuteld, elk dossier met eigen sleutels."),
        sentence("Wie mag lezen, staat op de toegangslijst; elke keer opnieuw wordt het reglement gevraagd."),
        sentence("Elke handeling staat in een logboek dat niemand ongemerkt kan wijzigen."),
        sentence("Vernietigen is definitief: de sleutels gaan weg, ook voor reservekopieën."),
        sentence("Bestanden worden op virussen gecontroleerd voordat iemand ze opent.")
        if settings.clamd
        else sentence("Er is geen virusscanner ingesteld. Bestanden worden wel op vorm gecontroleerd."),
        sentence("De verbinding is versleuteld (TLS).")
        if settings.secure_cookies
        else sentence("De verbinding is niet versleuteld: dit is een proefopstelling."),
        sentence("E-mail noemt nooit een leerling, school of stuk.")
        if settings.smtp_host
        else sentence("Er gaat geen e-mail uit: berichten blijven in het portaal."),
        counted(
            "Wie %(num)d minuut niets doet, wordt afgemeld.",
            "Wie %(num)d minuten niets doet, wordt afgemeld.",
            settings.session_idle_minutes,
        ),
    ]
