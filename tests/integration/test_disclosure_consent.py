"""A verstrekking and the consent it rests on, on both databases. Source: PR9.1, PR9.3, GR1, PRage."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from audit.log import events
from gateway.consent import usecases as consents
from gateway.consent.usecases import NewConsent
from gateway.disclosure import consenting, fetching
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.tables import VerstrekkingDocument
from gateway.dossiers import usecases
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.recording import Action
from tests import builders
from tests.personas import CONTACT_PERSON, MUNICIPALITY, OWNER, SWV


def consent(services, dossier_id, **changes):
    context = builders.context(services, SWV)
    values = {
        "given_by": "guardian",
        "giver_name": "",
        "guardian": consenting.givers(services, context, dossier_id)[0][0],
        "has_authority": True,
        "given_on": context.today,
        "purposes": ("support_allocation",),
        "recipients": ("municipality",),
        "evidence": "Getekend formulier in de kast.",
    }
    return disclosure.add_consent(services, context, dossier_id, NewConsent(**{**values, **changes}))


@pytest.fixture
def made(services):
    dossier_id, document_id = builders.submitted(services)
    consent_id = consent(services, dossier_id)
    wanted = builders.verstrekking(services, dossier_id, document_id, consent_id=consent_id)
    return dossier_id, document_id, consent_id, disclosure.disclose(services, builders.context(services, SWV), wanted)


def version_of(services, verstrekking_id):
    with services.db.reading() as session:
        return session.scalars(
            select(VerstrekkingDocument.version_id).where(VerstrekkingDocument.verstrekking_id == verstrekking_id)
        ).one()


def actions(services, dossier_id):
    with services.db.reading() as session:
        return [row.action for row in events(session.connection(), dossier=dossier_id, limit=200).rows]


def fetch(services, verstrekking_id, email=MUNICIPALITY):
    return fetching.fetch(
        services, builders.context(services, email), verstrekking_id, version_of(services, verstrekking_id)
    )


def test_what_is_disclosed_on_a_consent_can_be_fetched_by_the_recipient_and_is_in_the_log(services, made):
    dossier_id, _, _, verstrekking_id = made
    fetched = fetch(services, verstrekking_id)
    assert b"".join(fetched.chunks).startswith(b"Verslag ")
    assert fetched.file_name == "verslag.txt"
    assert {Action.DISCLOSE, Action.DOWNLOAD, Action.CONSENT} <= {
        Action(action) for action in actions(services, dossier_id)
    }


@pytest.mark.parametrize("email", [OWNER, SWV, CONTACT_PERSON])
def test_nobody_but_the_recipient_fetches(services, made, email):
    with pytest.raises(NotFoundError):
        fetch(services, made[3], email)


def test_without_consent_it_is_refused_with_its_article_and_the_refusal_is_in_the_log(services):
    dossier_id, document_id = builders.submitted(services)
    with pytest.raises(RefusedError) as refused:
        disclosure.disclose(
            services, builders.context(services, SWV), builders.verstrekking(services, dossier_id, document_id)
        )
    assert refused.value.article
    assert Action.REFUSE in actions(services, dossier_id)
    assert Action.DISCLOSE not in actions(services, dossier_id)


def test_a_consent_of_another_dossier_counts_for_nothing(services):
    first, _ = builders.submitted(services)
    second, document_id = builders.submitted(services)
    wanted = builders.verstrekking(services, second, document_id, consent_id=consent(services, first))
    with pytest.raises(RefusedError):
        disclosure.disclose(services, builders.context(services, SWV), wanted)


def test_after_a_consent_is_withdrawn_nothing_more_is_fetched(services, made):
    dossier_id, _, consent_id, verstrekking_id = made
    disclosure.withdraw_consent(services, builders.context(services, SWV), dossier_id, consent_id)
    with pytest.raises(RefusedError):
        fetch(services, verstrekking_id)
    with pytest.raises(ConflictError):
        disclosure.withdraw_consent(services, builders.context(services, SWV), dossier_id, consent_id)


def test_a_closed_an_expired_and_a_withdrawn_one_each_say_so(services, made, clock):
    dossier_id, document_id, _, verstrekking_id = made
    usecases.withdraw(services, builders.context(services, OWNER), dossier_id, document_id, "Verkeerde leerling.")
    with pytest.raises(ConflictError, match="ingetrokken"):
        fetch(services, verstrekking_id)
    clock.forward(days=disclosure.OPEN_DAYS + 1)
    with pytest.raises(ConflictError):
        fetch(services, verstrekking_id)
    disclosure.close(services, builders.context(services, SWV), verstrekking_id)
    with pytest.raises(ConflictError, match="gesloten"):
        fetch(services, verstrekking_id)
    with pytest.raises(ConflictError):
        disclosure.close(services, builders.context(services, SWV), verstrekking_id)


def test_receipt_is_confirmed_once(services, made):
    disclosure.confirm(services, builders.context(services, MUNICIPALITY), made[3])
    with pytest.raises(ConflictError):
        disclosure.confirm(services, builders.context(services, MUNICIPALITY), made[3])


# One dossier for all: a refusal leaves nothing behind.
NOT_CHOSEN = (
    ({"recipient_id": ""}, "recipient_id"),
    ({"recipient_id": "0" * 32}, "recipient_id"),
    ({"purpose": "nieuwsgierigheid"}, "purpose"),
    ({"document_ids": ("0" * 32,)}, "document_ids"),
    ({"statement": "  "}, "statement"),
    ({"recipient_person": " "}, "recipient_person"),
    ({"why_identifiable": ""}, "why_identifiable"),
    ({"basis": "law", "law": "AVG 58", "evidence": ""}, "evidence"),
    ({"open_until": date(2026, 11, 23)}, "open_until"),
    ({"open_until": date(2026, 12, 22)}, "open_until"),
)


def test_what_was_not_chosen_is_told_at_its_field(services):
    dossier_id, document_id = builders.submitted(services)
    for changes, field in NOT_CHOSEN:
        with pytest.raises(InvalidInputError) as refused:
            disclosure.prepare(
                services,
                builders.context(services, SWV),
                builders.verstrekking(services, dossier_id, document_id, **changes),
            )
        assert refused.value.field == field, changes


NOT_WHOLE = (
    ({"given_by": "neighbour"}, "given_by"),
    ({"giver_name": " ", "guardian": ""}, "giver_name"),
    ({"guardian": "paper-9"}, "guardian"),
    ({"giver_name": " MIES van  Zwollebol", "guardian": ""}, "guardian"),
    ({"purposes": ()}, "purposes"),
    ({"recipients": ()}, "recipients"),
    ({"evidence": ""}, "evidence"),
)


def test_a_consent_that_is_not_whole_is_refused_at_its_field(services):
    dossier_id, _ = builders.submitted(services)
    for changes, field in NOT_WHOLE:
        with pytest.raises(InvalidInputError) as refused:
            consent(services, dossier_id, **changes)
        assert refused.value.field == field, changes


def test_a_consent_of_tomorrow_is_refused_and_its_name_lies_sealed(services):
    dossier_id, _ = builders.submitted(services)
    with pytest.raises(InvalidInputError):
        consent(services, dossier_id, given_on=builders.context(services, SWV).today + timedelta(days=1))
    consent(services, dossier_id, giver_name="Zonderling Naamkund", guardian="")
    with services.db.reading() as session:
        kept = consents.of_dossier(session, dossier_id)[0]
        assert b"Zonderling" not in kept.details
        assert consents.details(session, services.vault, kept)["name"] == "Zonderling Naamkund"
