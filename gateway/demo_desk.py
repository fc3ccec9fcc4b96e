"""What the demo shows the privacy officer: verstrekkingen that were judged, a signal or two, and a data breach."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.consent.usecases import NewConsent
from gateway.context import Context
from gateway.disclosure import consenting
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.judging import Request
from gateway.dossiers import pages
from gateway.dossiers.tables import Document
from gateway.errors import GatewayError
from gateway.ids import new_id
from gateway.oversight import breaches, review
from gateway.oversight.breaches import Details, NewBreach
from gateway.oversight.signals import Thresholds

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.accounts.tables import Account
    from gateway.services import Services

STATEMENT = "De gegevens zijn juist, volledig en van deze maand (voorbeeld)."


def load(services: Services) -> None:
    """Do what leaves something to look at: a refusal that became a verstrekking, readings, and a breach."""
    with services.db.reading() as session:
        accounts = {
            name: _account(session, services, name) for name in ("swv", "privacy", "gemeente", "contactpersoon")
        }
        document = session.scalars(select(Document).order_by(Document.made_at)).first()
    if document is None:
        return
    dossier_id, document_id = document.dossier_id, document.id
    staff = _context(services, accounts["swv"])
    officer = _context(services, accounts["privacy"])
    _thresholds(services, officer)
    recipient = accounts["gemeente"].organisation_id
    with suppress(GatewayError):  # the reglement says no, and that is what the officer should see
        disclosure.disclose(services, staff, _request(dossier_id, document_id, recipient, "public_task", None))
    consent = disclosure.add_consent(
        services, staff, dossier_id, _consent(staff, consenting.givers(services, staff, dossier_id)[0][0])
    )
    disclosure.disclose(services, staff, _request(dossier_id, document_id, recipient, "consent", consent))
    pages.consult(services, _context(services, accounts["contactpersoon"]), dossier_id)
    breach = breaches.record_breach(services, officer, _breach(officer))
    breaches.add_documents(services, officer, breach, [document_id])


def _account(session: Session, services: Services, name: str) -> Account:
    found = people.by_email(session, services.vault, f"{name}@demo.example")
    if found is None:
        raise LookupError("a demo account is missing")
    return found


def _context(services: Services, account: Account) -> Context:
    return Context(actor=people.actor_of(account), now=services.clock(), request_id=new_id())


def _thresholds(services: Services, officer: Context) -> None:
    chosen = Thresholds(entry_days=14).as_json()
    review.change_thresholds(services, officer, chosen)


def _consent(staff: Context, guardian: str) -> NewConsent:
    return NewConsent(
        given_by="guardian",
        giver_name="",
        guardian=guardian,
        has_authority=True,
        given_on=staff.today,
        purposes=("support_allocation", "second_opinion"),
        recipients=("municipality", "partner_swv"),
        evidence="Getekend formulier, in dit dossier (voorbeeld).",
    )


def _request(dossier_id: str, document_id: str, recipient_id: str, basis: str, consent_id: str | None) -> Request:
    return Request(
        dossier_id=dossier_id,
        document_ids=(document_id,),
        recipient_id=recipient_id,
        purpose="support_allocation",
        basis=basis,
        law=None,
        consent_id=consent_id,
        statement=STATEMENT,
        recipient_person="G. Gemeentema, leerplichtambtenaar",
        evidence="Zie het verzoek van de ontvanger (voorbeeld).",
        identifiable=True,
        why_identifiable="De ontvanger moet weten om welke leerling het gaat (voorbeeld).",
    )


def _breach(officer: Context) -> NewBreach:
    return NewBreach(
        details=Details(
            title="Uitdraai in de trein (voorbeeld)",
            what="Een medewerker liet een afgedrukt verslag in de trein liggen.",
            consequences="Een onbekende kan lezen dat uw kind extra hulp krijgt bij rekenen.",
            measures="De vervoerder zoekt. Wij drukken verslagen voortaan niet meer af.",
        ),
        kinds=("confidentiality",),
        cause="lost",
        discovered_at=officer.now - timedelta(hours=26),
        began_at=officer.now - timedelta(hours=30),
        ended_at=None,
    )
