"""Documents leave anonymised unless a recorded judgement says identifiable, and then as the judge says (CV4.6).

Each test runs on both databases. The rendition is written as the worker and a reviewer leave it (tests/rendered.py).
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from audit.log import events, open_payload
from gateway.access import usecases as access
from gateway.access.usecases import NewEntry
from gateway.accounts import people
from gateway.accounts.rules import Person
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Role
from gateway.convenant.tables import Convenant, ConvenantParty, ConvenantSignature, ConvenantVersion
from gateway.disclosure import approving, fetching, mapping, queries, replaying
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers.tables import DocumentVersion
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.ids import new_id
from gateway.recording import Action, LogSealer
from tests import builders, rendered
from tests.builders import context
from tests.personas import ADMINISTRATOR, CONTACT_PERSON, PARTNER, SWV
from tests.rendered import group

EXPERT = "partner.deskundige@forms.example"


@pytest.fixture
def case(services):
    """A submitted dossier with one document; its ids."""
    return builders.submitted(services)


def convenant(services, days_ago=30):
    """A convenant with the demo's partner that both signed this many days ago."""
    now = services.clock()
    day = context(services, SWV).today - timedelta(days=days_ago)
    with services.db.writing() as session:
        tenant = session.scalars(select(Tenant)).first()
        partner = builders.account(services, PARTNER).organisation_id
        row = Convenant(tenant_id=tenant.id, kind="second_opinion", name="Voorbeeld", made_by=new_id(), made_at=now)
        session.add(row)
        session.flush()
        version = ConvenantVersion(
            convenant_id=row.id, number=1, state="offered", content=b"", made_by=new_id(), made_at=now
        )
        session.add(version)
        for side, organisation in (("own", tenant.swv_id), ("partner", partner)):
            party = ConvenantParty(convenant_id=row.id, organisation_id=organisation, side=side, made_at=now)
            session.add(party)
            session.flush()
            session.add(
                ConvenantSignature(
                    version_id=version.id,
                    party_id=party.id,
                    way="paper",
                    state="signed",
                    authority="director",
                    signer=b"",
                    content_hash=b"",
                    signed_on=day,
                    made_by=new_id(),
                    made_at=now,
                )
            )
        return row.id


def wanted(services, case, **changes):
    """An anonymised delivery to the partner for a second opinion, unless changed."""
    values = {
        "recipient_id": builders.account(services, PARTNER).organisation_id,
        "purpose": "second_opinion",
        "basis": "public_task",
        "identifiable": False,
        "why_identifiable": "",
    }
    return builders.verstrekking(services, *case, **{**values, **changes})


def listed_expert(services, dossier_id, **changes):
    """An expert of the partner on the list for this dossier, confidentiality accepted."""
    with services.db.writing() as session:
        partner = session.get_one(Organisation, builders.account(services, PARTNER).organisation_id)
        account = people.create(
            session, services.vault, organisation=partner, role=Role.EXPERT,
            person=Person(name="Otto Partnerdeskundige", email=EXPERT), now=services.clock(),
        )  # fmt: skip
    today = context(services, SWV).today
    values = {
        "account_id": account.id, "valid_from": today, "valid_until": today + timedelta(days=60),
        "categories": "abcdefghijklmnop", "scope": "dossier", "dossier_id": dossier_id, "school_ids": (),
        "motivation": "Beoordeelt als deskundige (voorbeeld).", "profession": "orthopedagogue", "register": "NVO",
        "register_number": "NVO-1", "register_from": today, "register_until": today + timedelta(days=300),
    }  # fmt: skip
    entry = builders.on_the_list(services, context(services, ADMINISTRATOR), NewEntry(**{**values, **changes}))
    access.accept_confidentiality(services, context(services, EXPERT))
    return account.id, entry


def disclose(services, request):
    return disclosure.disclose(services, context(services, SWV), request)


def fetch(services, made, case, email=PARTNER):
    with services.db.reading() as session:
        version = session.scalars(select(DocumentVersion.id).where(DocumentVersion.document_id == case[1])).one()
    found = fetching.fetch(services, context(services, email), made, version)
    return found, b"".join(found.chunks)


def refuse(services, request):
    with pytest.raises(InvalidInputError) as told:
        disclose(services, request)
    return told.value.field


def test_without_a_judgement_only_a_reviewed_rendition_leaves(services, case):
    convenant(services)
    assert refuse(services, wanted(services, case)) == "identifiable"
    for state in ("review", "second", "blocked", "failed", "asked"):
        rendered.reviewed(services, case[1], state=state)
        assert refuse(services, wanted(services, case)) == "identifiable"
    rendered.reviewed(services, case[1])
    made = disclose(services, wanted(services, case))
    found, content = fetch(services, made, case)
    assert content.startswith(b"%PDF")
    assert rendered.MARK.encode() in content
    assert (found.file_name, found.kind.media_type, found.size) == (
        "stuk-01-geanonimiseerd.pdf", "application/pdf", len(content),
    )  # fmt: skip
    with services.db.reading() as session:
        row = session.get_one(Verstrekking, made)
        item = session.scalars(select(VerstrekkingDocument)).one()
        assert (row.form, row.article, item.form) == ("anonymised", "CV4.6", "anonymised")
        assert item.sha256 == hashlib.sha256(content).hexdigest()
        told = services.vault.open_json(session, row.dossier_id, f"facts:{row.id}:{item.version_id}", item.facts)
        assert (told["data"]["anonymised"], told["data"]["categories"]) == (True, ["g", "k"])
        assert told["convenant"]["requested_on"] == context(services, SWV).today.isoformat()
        assert [each.same for each in replaying.replay(session, services.vault, row)] == [True]
        left = events(session.connection(), object_id=made, action=Action.DISCLOSE).rows[0]
        sealer = LogSealer(session, services.vault, organisation_id=left.tenant, year=left.at.year)
        assert open_payload(left, sealer)["leaves_as"] == "anonymised"
        assert open_payload(left, sealer)["sha256"] == [item.sha256]


def test_the_convenant_decides_over_a_second_opinion_and_categories_over_all(services, case):
    rendered.reviewed(services, case[1])
    with pytest.raises(RefusedError) as no_convenant:
        disclose(services, wanted(services, case))
    assert no_convenant.value.article == "CV10"
    convenant(services)
    with pytest.raises(RefusedError) as other_purpose:
        disclose(services, wanted(services, case, purpose="support_allocation"))
    assert other_purpose.value.article == "PR4.2"
    rendered.reviewed(services, case[1], categories="b g", run=2)
    with pytest.raises(RefusedError) as number_left:
        disclose(services, wanted(services, case))
    assert number_left.value.article == "PR4.2"
    rendered.reviewed(services, case[1], run=3)
    assert disclose(services, wanted(services, case))


def test_identifiable_asks_the_reason_and_towards_a_partner_a_named_expert(services, case):
    convenant(services)
    request = wanted(services, case, identifiable=True, why_identifiable="De deskundige spreekt het kind.")
    assert refuse(services, request) == "expert_id"
    account, entry = listed_expert(services, case[0])
    without = wanted(services, case, identifiable=True, why_identifiable=" ", expert_id=account)
    assert refuse(services, without) == "why_identifiable"
    stranger = builders.account(services, PARTNER).id
    assert refuse(services, wanted(services, case, identifiable=True, why_identifiable="x", expert_id=stranger)) == (
        "expert_id"
    )
    made = disclose(
        services, wanted(services, case, identifiable=True, why_identifiable="Spreekt het kind.", expert_id=account)
    )
    with services.db.reading() as session:
        row = session.get_one(Verstrekking, made)
        assert (row.form, row.article, row.mapping) == ("original", "PR8.1", None)
        assert all(each.same for each in replaying.replay(session, services.vault, row))
    with pytest.raises(NotFoundError):
        fetch(services, made, case)
    with pytest.raises(NotFoundError):
        queries.show_received(services, context(services, PARTNER), made)
    assert queries.list_received(services, context(services, PARTNER)).count == 0
    assert fetch(services, made, case, EXPERT)[1].startswith(b"Verslag")
    assert queries.list_received(services, context(services, EXPERT)).count == 1
    access.end_entry(services, context(services, ADMINISTRATOR), entry)
    with pytest.raises((RefusedError, NotFoundError)):
        fetch(services, made, case, EXPERT)


def test_health_goes_to_the_named_expert_and_to_nobody_else_of_the_partner(services):
    convenant(services)
    case = builders.submitted(services, categories=("e", "g"))
    account, _ = listed_expert(services, case[0], categories="g")
    named = {"identifiable": True, "why_identifiable": "x", "expert_id": account}
    with pytest.raises(RefusedError) as outside:
        disclose(services, wanted(services, case, **named))
    assert outside.value.article == "PR10.2"
    town = wanted(services, case, recipient_id=builders.verstrekking(services, *case).recipient_id, identifiable=True,
                  why_identifiable="x", purpose="case_consultation")  # fmt: skip
    with pytest.raises(RefusedError) as health:
        disclose(services, town)
    assert health.value.article == "PR9.2"


def test_a_rendition_that_is_made_again_or_an_original_taken_back_leaves_no_more(services, case, clock):
    convenant(services)
    rendered.reviewed(services, case[1])
    made = disclose(services, wanted(services, case))
    assert fetch(services, made, case)
    rendered.reviewed(services, case[1], state="review", run=2)
    with pytest.raises(ConflictError, match="vervangen"):
        fetch(services, made, case)
    rendered.reviewed(services, case[1], run=3)
    with pytest.raises(ConflictError, match="vervangen"):
        fetch(services, made, case)
    view = queries.show_received(services, context(services, PARTNER), made)
    assert [item.replaced for item in view.items] == [True]
    asked = disclose(services, wanted(services, case))
    with services.db.writing() as session:
        session.get_one(Verstrekking, asked).state = "asked"
    rendered.reviewed(services, case[1], run=4)
    with pytest.raises(ConflictError, match="vervangen"):
        approving.approve(services, context(services, CONTACT_PERSON), asked)


def test_a_request_made_in_time_is_delivered_to_its_end_and_a_later_one_is_not(services, case, clock):
    made_on = convenant(services)
    rendered.reviewed(services, case[1])
    today = context(services, SWV).today
    for day, article in ((today - timedelta(days=40), "CV10"), (today + timedelta(days=1), "CV10")):
        with pytest.raises(RefusedError) as told:
            disclose(services, wanted(services, case, requested_on=day, convenant_id=made_on))
        assert told.value.article == article
    made = disclose(services, wanted(services, case, requested_on=today - timedelta(days=10)))
    clock.forward(days=3)
    assert fetch(services, made, case)


def test_a_typed_name_does_not_go_along(services, case):
    convenant(services)
    rendered.reviewed(services, case[1])
    for text in ("Alles over Jip klopt.", "Zie het verslag van mw. Van Zwollebol.", "Zijn BSN is 123456782."):
        assert refuse(services, wanted(services, case, statement=text)) == "statement"
    assert disclose(services, wanted(services, case, statement="Juist en volledig, stand van 3 november 2026."))


def test_the_sender_maps_an_advice_back_and_it_is_logged_and_the_partner_cannot(services, case):
    convenant(services)
    rendered.reviewed(
        services,
        case[1],
        group("Jip", "[leerling]", "PERSON_PUPIL"),
        group("Jip van Zwollebol", "[leerling]", "PERSON_PUPIL"),
        group("Anneloes Kwakkelstein", "[persoon 1]"),
        group("Laan 1", "[adres]", "ADDRESS"),
        group("Kade 7", "[adres]", "ADDRESS"),
    )
    made = disclose(services, wanted(services, case))
    advice = "[Leerling] werkt met [persoon 1] en [persoon 9] op [adres]."
    with services.db.writing() as session:
        found = mapping.map_back(services, session, context(services, SWV), made, advice)
    assert found.text == "Jip van Zwollebol werkt met Anneloes Kwakkelstein en [persoon 9] op [adres]."
    assert found.unknown == ("[persoon 9]", "[adres]")
    with services.db.reading() as session:
        assert events(session.connection(), object_id=made, action=Action.CONSULT).rows[0].article == "CV4.6"
        sealed = session.get_one(Verstrekking, made).mapping
    assert b"Jip" not in sealed
    with services.db.writing() as session, pytest.raises(NotFoundError):
        mapping.map_back(services, session, context(services, PARTNER), made, advice)


def test_replacements_that_clash_between_the_documents_of_a_set_stop_it(services):
    convenant(services)
    dossier_id, first = builders.submitted(services)
    received = builders.upload(services, "school@demo.example", dossier_id, "twee.txt", b"Tweede verslag.\n")
    builders.describe(services, "school@demo.example", dossier_id, received.document_id)
    builders.work(services)
    rendered.reviewed(services, first, group("Piet Bramzijl", "[persoon 1]"))
    rendered.reviewed(services, received.document_id, group("Quirijn Zandwolde", "[persoon 1]"))
    request = wanted(services, (dossier_id, first, received.document_id))
    with pytest.raises(ConflictError, match="stuk 2"):
        disclose(services, request)
    rendered.reviewed(services, received.document_id, group("Bramzijl", "[persoon 1]"), run=2)
    assert disclose(services, request)
