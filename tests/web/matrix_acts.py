"""What was done with the dossiers of the matrix: disclosed, read, asked, agreed, corrected."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from audit.note import COSIGNATURE, Signer
from crypto.openpgp import public_key_of
from gateway.consent import orders, requests
from gateway.consent import usecases as consents
from gateway.consent.orders import NewOrder
from gateway.consent.requests import NewRequest
from gateway.disclosure import consenting, exporting
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.tables import CodedExport, Verstrekking
from gateway.dossiers import reading
from gateway.dossiers.tables import Informed, Informing
from gateway.ids import new_id
from gateway.partner_keys import usecases as partner_keys
from gateway.peers.tables import PeerLink
from gateway.restrictions.tables import Restriction
from gateway.rights import asking as rights
from gateway.rights import redaction
from gateway.rights.asking import NewRequest as RightAsked
from gateway.rights.told_tables import RightTold
from gateway.witness import usecases as witnesses
from tests import builders, inzages, personas, second_opinions
from tests.builders import context
from tests.web.matrix import EMAIL
from tests.web.matrix_people import _list, consent, disclose, version_of

if TYPE_CHECKING:
    from gateway.services import Services


def _coded(services: Services) -> str:
    """An export of codes without a row in it: there are too few dossiers here that are alike."""
    sender = context(services, personas.SWV)
    row = CodedExport(
        id=new_id(),
        tenant_id=sender.person.tenant_id,
        recipient_id=builders.account(services, personas.MUNICIPALITY).organisation_id,
        purpose="policy",
        k=5,
        rows=0,
        left_out=0,
        sha256="",
        made_by=sender.person.account_id,
        made_at=sender.now,
        open_until=sender.today,
        content=b"",
    )
    row.content = exporting.sealed(services, row, b"[]")
    with services.db.writing() as session:
        session.add(row)
        return row.id


def _to_expert(services: Services, dossier: dict[str, Any]) -> str:
    """The document, with the name, for the demo's expert alone: on the list for this dossier."""
    today = context(services, personas.SWV).today
    _list(
        services,
        personas.ADMINISTRATOR,
        "expert",
        scope="dossier",
        dossier_id=dossier["dossier_id"],
        valid_until=today + timedelta(days=90),
        profession="orthopedagogue",
        register="NVO",
        register_number="NVO-000001",
        register_from=today - timedelta(days=90),
        register_until=today + timedelta(days=90),
    )
    expert = builders.account(services, personas.EXPERT)
    request = builders.verstrekking(
        services,
        dossier["dossier_id"],
        dossier["document_id"],
        recipient_id=expert.organisation_id,
        expert_id=expert.id,
        basis="public_task",
    )
    return disclosure.disclose(services, context(services, personas.SWV), request)


def _make_verstrekkingen(services: Services, things: dict[str, dict[str, Any]]) -> None:
    mine, theirs = things["submitted"], things["theirs"]
    given = consent(services, mine["dossier_id"])
    other = consent(services, theirs["dossier_id"])
    spare = consent(services, mine["dossier_id"])
    version = version_of(services, mine["document_id"])
    sent = disclose(services, mine, given)
    things["sent"] = {"verstrekking_id": sent, "version_id": version}
    things["sent_other_version"] = {"verstrekking_id": sent, "version_id": version_of(services, theirs["document_id"])}
    things["sent_to_expert"] = {"verstrekking_id": _to_expert(services, mine), "version_id": version}
    things["coded"] = {"export_id": _coded(services), "what": "csv"}
    things["to_close"] = {"verstrekking_id": disclose(services, mine, given)}
    asked = disclose(services, mine, given)
    with services.db.writing() as session:
        session.get_one(Verstrekking, asked).state = "asked"
    things["to_approve"] = {"verstrekking_id": asked, "what": "goedkeuren"}
    things["consent"] = {"dossier_id": mine["dossier_id"], "consent_id": spare}
    _make_consent_things(services, things)
    things["consent_of_other_dossier"] = {"dossier_id": mine["dossier_id"], "consent_id": other}


def _make_consent_things(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A request, one that the guardian said yes to, a court order and evidence; each also of another dossier."""
    staff, mine, theirs = context(services, personas.SWV), things["submitted"], things["theirs"]
    for name, dossier in (("request", mine), ("given", mine), ("request_of_other_dossier", theirs)):
        new = NewRequest(
            purposes=("second_opinion",),
            recipients=("partner_swv",),
            categories=("g",),
            valid_until=None,
            explanation="Omdat het helpt (verzonnen).",
        )
        with services.db.reading() as session:
            before = {row.id for row in requests.of_dossier(session, dossier["dossier_id"])}
        consenting.ask(services, staff, dossier["dossier_id"], new)
        with services.db.reading() as session:
            (request_id,) = {row.id for row in requests.of_dossier(session, dossier["dossier_id"])} - before
        things[name] = {"dossier_id": mine["dossier_id"], "request_id": request_id, "what": "geven"}
    things["request_to_guardian"] = things["request"]
    guardian = context(services, personas.GUARDIAN)
    with services.db.reading() as session:
        open_ones = {row.id for row in requests.of_dossier(session, mine["dossier_id"])}
    given = next(iter(open_ones - {things["request"]["request_id"]}))
    consenting.answer(services, guardian, given, gives=True)
    with services.db.reading() as session:
        consent_id = next(c.id for c in consents.of_dossier(session, mine["dossier_id"]) if c.request_id == given)
    things["given_in_portal"] = {"consent_id": consent_id}
    for name, dossier in (("order", mine), ("order_of_other_dossier", theirs)):
        with services.db.writing() as session:
            order = NewOrder(
                guardian_name="Iemand anders (verzonnen)",
                guardian_id=None,
                account_id=None,
                from_day=staff.today,
                until_day=None,
                document_id=dossier["document_id"],
                note="",
            )
            order_id = orders.add(session, services.vault, staff, dossier["dossier_id"], order)
        things[name] = {"dossier_id": mine["dossier_id"], "order_id": order_id}
    with services.db.reading() as session:
        for name, dossier in (("informed", mine), ("informed_of_other_dossier", theirs)):
            query = select(Informed.id).join(Informing, Informing.id == Informed.informing_id)
            letter = session.scalars(query.where(Informing.dossier_id == dossier["dossier_id"])).first()
            things[name] = {"dossier_id": mine["dossier_id"], "informed_id": letter, "what": "verstuurd"}
    things["evidence"] = {"dossier_id": mine["dossier_id"], "what": "uitspraak"}
    things["evidence_of_second"] = {"dossier_id": things["second"]["dossier_id"], "what": "toestemming"}


def _make_readings(services: Services, things: dict[str, dict[str, Any]]) -> None:
    mine = things["submitted"]
    for name, email in (("reading_of_swv", personas.SWV), ("reading_of_owner", personas.OWNER)):
        opened = reading.open_reading(services, context(services, email), mine["dossier_id"], mine["document_id"])
        things[name] = {"reading_id": opened.reading_id, "number": opened.pages[0].number}


def _make_cases(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """Second opinions on the submitted dossier: written, asked, under review, and with its advice given."""
    second_opinions.convenant(services)
    expert = (EMAIL["partner_expert"],)
    dossier = things["submitted"]["dossier_id"]
    stages = {"case_draft": "start", "case_asked": "send", "case": "receive", "case_done": "parents"}
    for name, until in stages.items():
        made = second_opinions.case(services, dossier, until=until, experts=expert)
        account = builders.account(services, expert[0]).id
        things[name] = {"case_id": made, "account_id": account, "what": "stellen"}
    things["case_to_accept"] = {**things["case_asked"], "what": "aannemen"}
    things["came"] = {**things["case"], "attachment_id": new_id()}
    things["case_to_refuse"] = {**things["case_asked"], "what": "weigeren"}
    things["case_to_confirm"] = {**things["case"], "what": "advies-ontvangen"}
    things["case_to_withdraw"] = {**things["case"], "what": "intrekken"}


def _make_keys(services: Services, things: dict[str, dict[str, Any]]) -> None:
    administrator = context(services, personas.ADMINISTRATOR)
    partner = builders.account(services, personas.PARTNER).organisation_id
    secret = partner_keys.own_secret(services, administrator, administrator.person.tenant_id)
    with services.scratch.directory() as scratch:
        public = public_key_of(secret, scratch=scratch)
    key = partner_keys.register(services, administrator, partner, public)
    things["partner_organisation"] = {"organisation_id": partner}
    things["partner_key"] = {"organisation_id": partner, "key_id": key}
    signer = Signer(name="partner.example/witness", private=Ed25519PrivateKey.generate(), kind=COSIGNATURE)
    witness = witnesses.register(
        services,
        administrator,
        tenant_id=administrator.person.tenant_id,
        side="witness",
        name="Partner",
        url="https://partner.example/getuige",
        key=str(signer.key),
    )
    things["witness"] = {"party_id": witness}


def _make_line(services: Services, things: dict[str, dict[str, Any]]) -> None:
    administrator = context(services, personas.ADMINISTRATOR)
    with services.db.writing() as session:
        other = builders.account(services, EMAIL["other_partner"])
        line = PeerLink(
            id=new_id(),
            tenant_id=other.tenant_id,
            organisation_id=other.organisation_id,
            carrier="file",
            address="",
            pin="",
            made_by=administrator.person.account_id,
            made_at=administrator.now,
        )
        session.add(line)
        things["line"] = {"link_id": line.id}


def _make_correction(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A correctie of the guardian: a shield that holds, of which a recipient was told, and something refused."""
    from tests import corrections

    dossier_id, document_id = corrections.dossier(services, bsn="100000083")
    corrections.given(services, dossier_id, document_id)
    about = (corrections.item(document_id, "improve"), corrections.item(document_id, "shield"))
    request_id = corrections.ask(services, dossier_id, *about)
    corrections.decide(services, request_id, "refused", "granted")
    with services.db.reading() as session:
        told_id = session.scalars(select(RightTold.id).where(RightTold.request_id == request_id)).one()
        restriction_id = session.scalars(select(Restriction.id).where(Restriction.request_id == request_id)).one()
    things["correction"] = {
        "request_id": request_id,
        "item_id": corrections.items(services, request_id)[0],
        "told_id": told_id,
        "restriction_id": restriction_id,
    }


def _make_rights(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """Two requests of the guardian: one that stays, and one to take back."""
    mine, guardian = things["submitted"]["dossier_id"], context(services, personas.GUARDIAN)
    for name, kind in (("right", "klacht"), ("right_to_withdraw", "overdracht")):
        asked = rights.ask(services, guardian, mine, RightAsked(kind=kind, text="Verzonnen."))
        things[name] = {"request_id": asked, "what": "behandelen"}
    things["right_on_paper"] = {"dossier_id": mine, "what": "inzage"}
    things["right_on_paper_of_second"] = {"dossier_id": things["second"]["dossier_id"], "what": "inzage"}


def _make_inzages(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """One that the officer works on, and two that were given: to the guardian, and to the other family's."""
    for name, of, email in (
        ("inzage_given", "submitted", personas.GUARDIAN),
        ("inzage_given_to_other", "theirs", EMAIL["other_guardian"]),
    ):
        made = inzages.given(services, things[of]["dossier_id"], email)
        document = inzages.documents(services, made)[0]
        things[name] = {"request_id": made, "document_id": document, "what": "pdf"}
    thing = things["submitted"]
    made = inzages.begun(services, thing["dossier_id"])
    inzages.redacted(services, made, thing["document_id"])
    redaction.look(services, context(services, personas.OFFICER), made, thing["document_id"])
    things["inzage"] = {"request_id": made, "document_id": thing["document_id"], "what": "pdf"}
    things["inzage_to_redact"] = {**things["inzage"], "what": "vondst"}
    things["inzage_page"] = {**things["inzage"], "what": "origineel", "number": 1}
    things["inzage_result"] = {**things["inzage"], "what": "resultaat", "number": 1}
