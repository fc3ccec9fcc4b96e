"""The prepared answer of an inzage: everything that is kept about one pupil, and nothing of another (PR11.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import jsonschema

from gateway import lines
from gateway.consent import orders
from gateway.consent.orders import NewOrder
from gateway.consent.usecases import NewConsent
from gateway.disclosure import usecases as disclosure
from gateway.dossiers.tables import Dossier
from gateway.keeping import usecases as keeping
from gateway.letters import making
from gateway.matters import queries as matters
from gateway.matters.rules import NewHold
from gateway.rights import overview, overview_json
from gateway.rights import queries as requests
from gateway.rights.overview import Choices, Requester
from gateway.rights.overview_documents import Chosen
from gateway.rights.overview_pieces import Override
from gateway.rights.tables import RightRequest
from tests import builders, inzages, personas
from tests.builders import context

if TYPE_CHECKING:
    import pytest

    from gateway.rights.overview_pieces import Pieces
    from gateway.rights.overview_values import Overview
    from gateway.services import Services

PUPIL = Requester(capacity="data_subject")
PARENT = Requester(capacity="guardian", guardian_id="g-mies")
GUARDIANS = (
    {"name": "Mies van Zwollebol", "relation": "moeder", "contact": "06-00000001", "id": "g-mies"},
    {"name": "Karel Andersom", "relation": "vader", "contact": "06-00000002", "id": "g-karel"},
)
MARKERS = {
    "who it is about": ["Jip van Zwollebol", "2016-03-09", "123456782", "Bedachte Kade 7", "MERK-REDEN"],
    "guardians": ["Mies van Zwollebol", "Karel Andersom", "06-00000001"],
    "documents": ["MERK-STUK.txt", "gespreksverslag", "MERK-NODIG", "ondersteuning toewijzen", "de school"],
    "categories": ["gezondheid en welzijn", "persoonsgebonden nummer", "verloop van het onderwijs en resultaten"],
    "besluiten": ["toelaatbaarheid (TLV)", "Dirk Denkbeeld", "PO2203-2026-00001", "speciaal basisonderwijs (SBO)"],
    "keeping": ["OB2", "MERK-UITSTEL"],
    "consents": ["MERK-GEVER", "MERK-BEWIJS"],
    "recipients": ["Gerda Gemeentema", "toestemming", "PR9.1b"],
    "log": ["Stuurde het dossier naar het samenwerkingsverband", "Legde een toestemming vast"],
    "rights": ["AVG 16, PR11.4", "Autoriteit Persoonsgegevens", "Een computer neemt hier geen besluiten"],
}


def made(
    services: Services, dossier_id: str, requester: Requester = PARENT, choices: Choices | None = None
) -> tuple[Overview, Pieces]:
    lines.wire()
    with services.db.reading() as session:
        dossier = session.get_one(Dossier, dossier_id)
        officer = context(services, personas.OFFICER)
        return overview.overview(services, session, officer, dossier, requester, choices)


def seeded(services: Services) -> tuple[str, str]:
    """A dossier with something of everything, and another pupil's beside it."""
    guardians: tuple[Any, ...] = tuple(builders.Guardian(**each) for each in GUARDIANS)
    dossier_id = builders.draft(services, reason="MERK-REDEN: hulp bij lezen.", guardians=guardians)
    received = builders.upload(services, personas.OWNER, dossier_id, "MERK-STUK.txt", b"Over de voortgang.\n")
    assert received.document_id
    builders.describe(
        services, personas.OWNER, dossier_id, received.document_id, categories=("e", "g"), necessity="MERK-NODIG"
    )
    builders.work(services)
    builders.usecases.submit(services, context(services, personas.OWNER), dossier_id)
    swv = context(services, personas.SWV)
    builders.tlv(services, dossier_id, builders.matter(services, dossier_id))
    hold = NewHold(
        kind="bezwaar",
        started_on=swv.today,
        review_on=swv.today + timedelta(days=30),
        reason="MERK-UITSTEL",
        owner_id=swv.person.account_id,
    )
    keeping.add_hold(services, swv, dossier_id, hold)
    return dossier_id, received.document_id


def given_away(services: Services) -> str:
    """The same with a verstrekking of a document without health, on a consent."""
    dossier_id, _ = seeded(services)
    received = builders.upload(services, personas.OWNER, dossier_id, "tweede.txt", b"Over het verzuim.\n")
    assert received.document_id
    builders.describe(services, personas.OWNER, dossier_id, received.document_id)
    builders.work(services)
    new = NewConsent(
        given_by="guardian",
        giver_name="MERK-GEVER",
        has_authority=True,
        given_on=date(2026, 10, 1),
        purposes=("support_allocation",),
        recipients=("municipality",),
        evidence="MERK-BEWIJS",
    )
    consent_id = disclosure.add_consent(services, context(services, personas.SWV), dossier_id, new)
    request = builders.verstrekking(services, dossier_id, received.document_id, consent_id=consent_id)
    disclosure.disclose(services, context(services, personas.SWV), request)
    return dossier_id


def test_the_overview_has_something_of_everything_that_is_kept_and_nothing_of_another_pupil(services: Services) -> None:
    dossier_id = given_away(services)
    other, _ = builders.submitted(
        services, first_name="Ander", last_name="Anderkind", reason="ANDER-DOSSIER", bsn="111222333"
    )
    found, _pieces = made(services, dossier_id, PUPIL)
    told = overview_json.dumps(found).decode()
    missing = {part: [each for each in words if each not in told] for part, words in MARKERS.items()}
    assert not {part: words for part, words in missing.items() if words}
    assert not [each for each in ("Anderkind", "ANDER-DOSSIER", "111222333", other) if each in told]
    jsonschema.validate(overview_json.to_json(found), overview_json.schema())
    assert overview_json.from_json(overview_json.to_json(found)) == found
    assert {each.release.code for each in found.documents} == {"open"}


def plain(services: Services) -> tuple[str, str]:
    """The demo's dossier, with two parents."""
    dossier_id, document_id = inzages.demo(services)
    with services.db.writing() as session:
        row = session.get_one(Dossier, dossier_id)
        told = services.vault.open_json(session, dossier_id, "pupil", row.pupil)
        told["guardians"] = [{**each, "has_authority": True} for each in GUARDIANS]
        row.pupil = services.vault.seal_json(session, dossier_id, "pupil", told)
    return dossier_id, document_id


def test_a_guardian_does_not_get_how_to_reach_the_other_unless_the_officer_says_why(services: Services) -> None:
    dossier_id, _ = plain(services)
    found, pieces = made(services, dossier_id)
    assert [each.contact for each in found.pupil.guardians] == ["06-00000001", ""]
    assert [each.about for each in found.left_out] == ["Hoe Karel Andersom te bereiken is"]
    shown = Choices(pieces={"contact:g-karel": Override(shown=True, reason="Zij spraken dat af.")})
    again, pieces = made(services, dossier_id, PARENT, shown)
    assert [each.contact for each in again.pupil.guardians] == ["06-00000001", "06-00000002"]
    assert not again.left_out
    assert [each.key for each in pieces.found if each.decided] == ["contact:g-karel"]


def test_where_a_court_order_stands_a_guardian_gets_neither_address_nor_whom_it_is_about(services: Services) -> None:
    dossier_id, document_id = plain(services)
    with services.db.writing() as session:
        order = NewOrder(
            guardian_name="Karel Andersom",
            guardian_id="g-karel",
            account_id=None,
            from_day=date(2026, 9, 1),
            until_day=None,
            document_id=document_id,
            note="MERK-UITSPRAAK",
        )
        orders.add(session, services.vault, context(services, personas.SWV), dossier_id, order)
    found, _ = made(services, dossier_id)
    told = overview_json.dumps(found).decode()
    assert (found.pupil.street, found.pupil.postcode, found.pupil.town) == ("", "", "")
    assert "MERK-UITSPRAAK" not in told
    assert [(each.about, each.first) for each in found.orders] == [("", date(2026, 9, 1))]
    pupil, _ = made(services, dossier_id, PUPIL)
    assert (pupil.pupil.street, pupil.orders[0].note) == ("Verzonnenstraat 1", "MERK-UITSPRAAK")


def test_a_withheld_document_is_told_with_its_reason_and_without_the_name_of_its_file(services: Services) -> None:
    dossier_id, document_id = plain(services)
    chosen = Choices(documents={document_id: Chosen(release="withheld", why="Het gaat over een ander kind.")})
    found, _ = made(services, dossier_id, PARENT, chosen)
    (document,) = found.documents
    assert (document.title, document.release.code, document.why) == (
        "gespreksverslag",
        "withheld",
        "Het gaat over een ander kind.",
    )
    assert "gespreksverslag.txt" not in overview_json.dumps(found).decode()


def asks(services: Services, dossier_id: str, kind: str, **changes: Any) -> str:
    """A request of this kind with the letter that confirms it; returns the account of who asked, or an empty text."""
    request_id = inzages.asked(services, dossier_id, **{"kind": kind, **changes})
    with services.db.writing() as session:
        row = session.get_one(RightRequest, request_id)
        told = {"text": "", "who": changes.get("asked_by") or f"MERK-{kind}", "identified": ""}
        row.details = requests.seal(session, services.vault, row, "details", told)
        making.make(
            services,
            session,
            context(services, personas.SWV),
            dossier=session.get_one(Dossier, dossier_id),
            kind="receipt",
            to=making.Addressee(name=f"MERK-{kind}", account_id=row.asked_by),
            values={"request": kind, "received_on": row.received_on, "until": row.received_on, "until_why": ""},
            about=request_id,
        )
    return row.asked_by or ""


def test_a_parent_gets_their_own_requests_and_letters_and_nobody_gets_those_of_another(services: Services) -> None:
    dossier_id, _ = plain(services)
    parent = asks(services, dossier_id, "inzage")
    asks(services, dossier_id, "verzet", asked_by="e" * 32)
    asks(services, dossier_id, "klacht", asked_by="e" * 32)
    asks(services, dossier_id, "correctie", asked_by=None, capacity="other")
    pupil = asks(services, dossier_id, "wissing", asked_by="d" * 32, capacity="data_subject")

    def told(requester: Requester) -> tuple[list[tuple[str, str]], list[str]]:
        found, _pieces = made(services, dossier_id, requester)
        return sorted((each.kind.code, each.state.code) for each in found.requests), [each.to for each in found.letters]

    mother = Requester(capacity="guardian", guardian_id="g-mies", account_id=parent)
    assert told(mother) == ([("inzage", "treated")], ["MERK-inzage"])
    assert told(PARENT) == ([], []), "a parent without an account saw what someone else asked"
    own = Requester(capacity="data_subject", account_id=pupil)
    assert told(own) == ([("inzage", ""), ("verzet", ""), ("wissing", "treated")], ["MERK-wissing"])


def test_what_a_parent_asked_on_paper_is_theirs_by_name_unless_two_have_that_name(services: Services) -> None:
    dossier_id, _ = plain(services)
    asks(services, dossier_id, "inzage", asked_by=None)
    request_id = inzages.asked(services, dossier_id, kind="verzet", asked_by=None)
    assert [each.kind.code for each in made(services, dossier_id)[0].requests] == ["verzet"]
    karel = Requester(capacity="guardian", guardian_id="g-karel")
    assert not made(services, dossier_id, karel)[0].requests
    with services.db.writing() as session:
        row = session.get_one(Dossier, dossier_id)
        pupil = services.vault.open_json(session, dossier_id, "pupil", row.pupil)
        pupil["guardians"] = [{**each, "name": "Mies van Zwollebol"} for each in pupil["guardians"]]
        row.pupil = services.vault.seal_json(session, dossier_id, "pupil", pupil)
    assert not made(services, dossier_id)[0].requests
    answered = Requester(capacity="guardian", guardian_id="g-mies", request_id=request_id)
    assert [each.kind.code for each in made(services, dossier_id, answered)[0].requests] == ["verzet"]


def test_what_was_typed_on_why_a_document_is_needed_goes_along_only_with_the_whole_document(services: Services) -> None:
    dossier_id, document_id = seeded(services)
    key = f"needed:{document_id}"

    def told(release: str, **pieces: Override) -> str:
        choices = Choices(documents={document_id: Chosen(release=release, why="Verzonnen.")}, pieces=pieces)
        return overview_json.dumps(made(services, dossier_id, PARENT, choices)[0]).decode()

    assert "MERK-NODIG" in told("whole")
    assert "MERK-NODIG" not in told("redacted")
    assert "MERK-NODIG" not in told("withheld")
    assert "Waarom stuk 1 (" in told("withheld")
    assert "MERK-NODIG" in told("withheld", **{key: Override(shown=True, reason="Er staat niets van een ander.")})
    assert "MERK-NODIG" not in told("whole", **{key: Override(shown=False, reason="Er staat een naam in.")})


def test_the_officer_can_leave_out_why_the_pupil_was_notified_and_why_a_besluit_was_put_right(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier_id, _ = seeded(services)
    lines_of = matters.matters_of

    def put_right(*args: Any) -> list[Any]:
        return [
            replace(
                line,
                replaced="MERK-ZAAK",
                besluiten=tuple(replace(each, replaced="MERK-BESLUIT") for each in line.besluiten),
            )
            for line in lines_of(*args)
        ]

    monkeypatch.setattr(matters, "matters_of", put_right)
    found, pieces = made(services, dossier_id)
    marks = ("MERK-REDEN", "MERK-ZAAK", "MERK-BESLUIT")
    assert all(mark in overview_json.dumps(found).decode() for mark in marks)
    keys = [each.key for each in pieces.found if each.key == "reason" or each.key.startswith("replaced:")]
    assert len(keys) == len(marks)
    out = Choices(pieces=dict.fromkeys(keys, Override(shown=False, reason="Dit gaat over een ander kind.")))
    told, _pieces = made(services, dossier_id, PARENT, out)
    assert not any(mark in overview_json.dumps(told).decode() for mark in marks)
    assert len(told.left_out) == len(found.left_out) + len(marks)
