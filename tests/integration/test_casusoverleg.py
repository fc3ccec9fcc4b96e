"""Casusoverleg: only parties take part, the list comes first, and each recipient has its verstrekking (GR1, GR5, GR6)."""

from __future__ import annotations

import pytest

from audit.log import events
from gateway.consent.usecases import NewConsent
from gateway.convenant import casus, rules
from gateway.convenant.casus import Wanted
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.tables import Verstrekking
from gateway.errors import ConflictError, NotFoundError, RefusedError
from gateway.recording import Action
from tests import builders, convenants, personas
from tests.builders import context

STAFF = personas.SWV
GEMEENTE = "gemeente@demo.example"


def agreed(services):
    """A regional convenant in force with the municipality."""
    convenant_id, version_id = convenants.regional(services, categories="agk")
    convenants.sign(services, personas.CONTACT_PERSON, convenant_id, version_id)
    convenants.sign(services, GEMEENTE, convenant_id, version_id)
    return convenant_id


def consent(services, dossier):
    staff = context(services, STAFF)
    new = NewConsent(
        given_by="guardian",
        giver_name="Iemand van Verzonnen",
        has_authority=True,
        given_on=staff.today,
        purposes=("case_consultation",),
        recipients=("municipality",),
        evidence="Formulier (verzonnen).",
    )
    return disclosure.add_consent(services, staff, dossier, new)


def test_a_casusoverleg_shares_with_parties_only_after_the_list_is_done(services):
    dossier, document = builders.submitted(services)
    staff = context(services, STAFF)
    with pytest.raises(RefusedError) as no:
        casus.begin(services, staff, dossier, convenant_id="0" * 32, held_on=staff.today, goal="Thuiszitten.")
    assert no.value.article == "GR5"
    convenant_id = agreed(services)
    meeting = casus.begin(services, staff, dossier, convenant_id=convenant_id, held_on=staff.today, goal="Terug.")
    for email in (personas.OWNER, personas.PARTNER, personas.EXPERT, personas.OFFICER, GEMEENTE):
        with pytest.raises(NotFoundError):
            casus.show(services, context(services, email), meeting)

    board = convenants.organisation(services, "school_board")
    with pytest.raises(RefusedError) as no:
        casus.add_participant(services, staff, meeting, organisation_id=board, name="Bo", function="bestuurder")
    assert no.value.article == "GR5"
    with services.db.reading() as session:
        refused = events(session.connection(), action=Action.REFUSE, dossier=dossier, limit=5).rows
        assert [row.article for row in refused] == ["GR5"]
    municipality = convenants.organisation(services, "municipality")
    casus.add_participant(services, staff, meeting, organisation_id=municipality, name="Loes", function="leerplicht")

    wanted = Wanted(
        party_id=convenants.party(services, convenant_id, municipality),
        document_ids=(document,),
        consent_id=consent(services, dossier),
        recipient_person="Loes (verzonnen)",
        statement="Juist, volledig en actueel.",
        why_identifiable="Het gaat om dit kind.",
    )
    with pytest.raises(ConflictError, match="niet af"):
        casus.give(services, staff, meeting, wanted)
    for item in rules.CHECKLIST:
        casus.confirm(services, staff, meeting, item, f"Verslag van vandaag ({item}).")
    with pytest.raises(ConflictError, match="al bevestigd"):
        casus.confirm(services, staff, meeting, "goal", "Nog eens.")
    made = casus.give(services, staff, meeting, wanted)
    view = casus.show(services, staff, meeting)
    assert view.exchanged == ((made, "Gemeente Voorbeeldstad (demo)"),)
    assert view.open_items == ()
    with services.db.reading() as session:
        row = session.get_one(Verstrekking, made)
        assert (row.recipient_id, row.purpose, row.basis) == (municipality, "case_consultation", "consent")
    casus.close(services, staff, meeting)
    with pytest.raises(ConflictError, match="afgesloten"):
        casus.give(services, staff, meeting, wanted)


def test_what_the_convenant_does_not_name_is_refused_even_with_consent(services):
    dossier, document = builders.submitted(services, categories=("g", "i"))
    convenant_id, staff = agreed(services), context(services, STAFF)
    meeting = casus.begin(services, staff, dossier, convenant_id=convenant_id, held_on=staff.today, goal="Terug.")
    municipality = convenants.organisation(services, "municipality")
    casus.add_participant(services, staff, meeting, organisation_id=municipality, name="Loes", function="leerplicht")
    for item in rules.CHECKLIST:
        casus.confirm(services, staff, meeting, item, "Verslag.")
    wanted = Wanted(
        party_id=convenants.party(services, convenant_id, municipality),
        document_ids=(document,),
        consent_id=consent(services, dossier),
        recipient_person="Loes (verzonnen)",
        statement="Juist.",
        why_identifiable="Het gaat om dit kind.",
    )
    with pytest.raises(RefusedError, match="soorten gegevens") as no:
        casus.give(services, staff, meeting, wanted)
    assert no.value.article == "GR5"
    assert casus.show(services, staff, meeting).exchanged == ()
