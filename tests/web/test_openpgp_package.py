"""A verstrekking leaves as an OpenPGP package that only its recipient opens (PR9.3, CV4.3)."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest

from audit.log import events
from crypto.openpgp import generate_secret_key, inspect_public_key, open_package, public_key_of
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.judging import Request
from gateway.partner_keys import usecases as partner_keys
from gateway.recording import Action
from tests import builders, personas
from tests.personas import visitor


@pytest.fixture(scope="module")
def theirs(services, clock):
    """The recipient's own key pair, and the fingerprint that they read out."""
    with services.scratch.directory() as scratch:
        today = clock.now.date()
        secret = generate_secret_key(
            "Gemeente", "post@gemeente.example", expires_on=today + timedelta(days=20), scratch=scratch
        )
        public = public_key_of(secret, scratch=scratch)
        return secret, public, inspect_public_key(public, on=today, scratch=scratch).fingerprint


@pytest.fixture(scope="module")
def partner_page(services):
    return f"/inrichting/organisatie/{builders.account(services, personas.MUNICIPALITY).organisation_id}/sleutels"


@pytest.fixture(scope="module")
def confirmed(app, theirs, partner_page):
    """Register as the administrator, confirm as the contact person."""
    administrator = visitor(app, personas.ADMINISTRATOR)
    answer = administrator.post(
        partner_page, {"key": (io.BytesIO(theirs[1]), "sleutel.asc")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)[-3000:]
    page = administrator.get(partner_page).get_data(as_text=True)
    assert "wacht op bevestiging" in page
    assert "/bevestigen" not in page
    second = visitor(app, personas.CONTACT_PERSON)
    action = re.search(r'action="([^"]+/bevestigen)"', second.get(partner_page).get_data(as_text=True)).group(1)
    wrong = second.post(action, {"fingerprint": "0" * 40})
    assert wrong.status_code == 400
    assert "andere vingerafdruk" in wrong.get_data(as_text=True)
    spaced = " ".join(theirs[2][i : i + 4] for i in range(0, len(theirs[2]), 4)).lower()
    assert second.post(action, {"fingerprint": spaced}).status_code == 303
    return partner_page


@pytest.fixture(scope="module")
def verstrekking(services):
    """A verstrekking of one document to the municipality, on consent."""
    from tests.web.matrix_people import consent

    dossier, document = builders.submitted(services, bsn="100000009")
    request = Request(
        dossier_id=dossier,
        document_ids=(document,),
        recipient_id=builders.account(services, personas.MUNICIPALITY).organisation_id,
        purpose="second_opinion",
        basis="consent",
        law=None,
        consent_id=consent(services, dossier),
        statement="Juist, volledig en actueel.",
        recipient_person="Petra Fictief",
        identifiable=True,
        why_identifiable="De deskundige spreekt het kind zelf.",
    )
    return disclosure.disclose(services, builders.context(services, personas.SWV), request)


def test_without_a_confirmed_key_there_is_no_package(app, verstrekking):
    swv = visitor(app, personas.SWV)
    assert "OpenPGP-pakket downloaden" not in swv.get(f"/verstrekkingen/{verstrekking}").get_data(as_text=True)
    answer = swv.post(f"/verstrekkingen/{verstrekking}/pakket")
    assert answer.status_code == 409
    assert "geen bevestigde OpenPGP-sleutel" in answer.get_data(as_text=True)


def test_the_recipient_opens_the_package_and_finds_what_was_disclosed(
    app, services, clock, verstrekking, confirmed, theirs
):
    swv = visitor(app, personas.SWV)
    assert "OpenPGP-pakket downloaden" in swv.get(f"/verstrekkingen/{verstrekking}").get_data(as_text=True)
    answer = swv.post(f"/verstrekkingen/{verstrekking}/pakket")
    assert answer.status_code == 200
    sealed = answer.get_data()
    answer.close()
    assert b"Verslag" not in sealed
    own = visitor(app).get("/openpgp/demo.asc").get_data()
    with services.scratch.directory() as scratch:
        today = clock.now.date()
        info = inspect_public_key(own, on=today, scratch=scratch)
        message = scratch / "in.gpg"
        message.write_bytes(sealed)
        sender = partner_keys.Recipient(key=own, fingerprint=info.fingerprint)
        keys = services.vault.keyring.public_keys()
        with open_package(
            message,
            secret_key=theirs[0],
            senders=[sender],
            manifest_keys=keys,
            on=today,
            scratch=scratch,
            largest=10**7,
        ) as found:
            assert found.manifest["statement"] == "Juist, volledig en actueel."
            assert found.manifest["article"] == "PR9.1b"
            (name,) = found.files
            assert name == "01-verslag.txt"
            assert b"over de voortgang" in found.files[name].read_bytes()
    assert services.scratch.used_bytes() == 0
    log = visitor(app, personas.OFFICER).get("/logboek?wat=download").get_data(as_text=True)
    assert "Gemeente Voorbeeldstad" in log


def test_a_key_that_expires_within_a_month_is_told_to_the_administrator(app, services, clock, confirmed):
    assert "verloopt binnen een maand" in visitor(app, personas.ADMINISTRATOR).get(confirmed).get_data(as_text=True)
    builders.work(services)
    assert partner_keys.warn(services, clock.now, clock.now.date()) == 0
    inbox = visitor(app, personas.ADMINISTRATOR).get("/berichten").get_data(as_text=True)
    assert "verloopt binnen een maand" in inbox


def test_what_is_no_public_key_is_refused_with_its_reason(app, confirmed):
    administrator = visitor(app, personas.ADMINISTRATOR)
    answer = administrator.post(
        confirmed, {"key": (io.BytesIO(b"geen sleutel"), "x.asc")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 400
    assert "utrecht-form-field-error-message" in answer.get_data(as_text=True)


def test_one_expired_key_of_the_recipient_stops_the_whole_package_and_no_download_is_logged(
    app, services, clock, verstrekking, confirmed
):
    """Of two confirmed keys one expired: the package is not made for the other in silence."""
    with services.scratch.directory() as scratch:
        today = clock.now.date()
        secret = generate_secret_key(
            "Tweede", "tweede@gemeente.example", expires_on=today + timedelta(days=900), scratch=scratch
        )
        public = public_key_of(secret, scratch=scratch)
        fingerprint = inspect_public_key(public, on=today, scratch=scratch).fingerprint
    partner = builders.account(services, personas.MUNICIPALITY).organisation_id
    good = partner_keys.register(services, builders.context(services, personas.ADMINISTRATOR), partner, public)
    partner_keys.confirm(services, builders.context(services, personas.CONTACT_PERSON), good, fingerprint)
    before = clock.now
    clock.forward(days=21)  # past the last day of the first key, within the verstrekking's own
    swv = visitor(app, personas.SWV)
    assert "OpenPGP-pakket downloaden" in swv.get(f"/verstrekkingen/{verstrekking}").get_data(as_text=True)
    answer = swv.post(f"/verstrekkingen/{verstrekking}/pakket")
    assert answer.status_code == 409
    assert "is verlopen op" in answer.get_data(as_text=True)
    with services.db.reading() as session:
        logged = events(session.connection(), action=(Action.DOWNLOAD,), limit=50).rows
    assert not [row for row in logged if row.at > before]
    clock.now = before
    partner_keys.end(services, builders.context(services, personas.ADMINISTRATOR), good)


def test_an_ended_key_is_not_used_any_more(app, verstrekking, confirmed):
    administrator = visitor(app, personas.ADMINISTRATOR)
    action = re.search(r'action="([^"]+/stoppen)"', administrator.get(confirmed).get_data(as_text=True)).group(1)
    assert administrator.post(action).status_code == 303
    assert visitor(app, personas.SWV).post(f"/verstrekkingen/{verstrekking}/pakket").status_code == 409


def test_a_package_that_is_refused_half_way_logs_no_download(services, clock):
    from gateway.disclosure.package import package
    from gateway.errors import RefusedError
    from tests.web.matrix_people import consent

    dossier, first = builders.submitted(services, bsn="100000010")
    clock.forward(seconds=5)
    second = builders.upload(services, personas.OWNER, dossier, "tweede.txt", b"Een tweede verslag.\n").document_id
    builders.describe(services, personas.OWNER, dossier, second)
    builders.work(services)
    partner = builders.account(services, personas.MUNICIPALITY).organisation_id
    with services.scratch.directory() as scratch:
        secret = generate_secret_key(
            "Later", "later@gemeente.example", expires_on=clock.now.date() + timedelta(days=99), scratch=scratch
        )
        public = public_key_of(secret, scratch=scratch)
        fingerprint = inspect_public_key(public, on=clock.now.date(), scratch=scratch).fingerprint
    key = partner_keys.register(services, builders.context(services, personas.ADMINISTRATOR), partner, public)
    partner_keys.confirm(services, builders.context(services, personas.CONTACT_PERSON), key, fingerprint)
    request = Request(
        dossier_id=dossier,
        document_ids=(first, second),
        recipient_id=partner,
        purpose="second_opinion",
        basis="consent",
        law=None,
        consent_id=consent(services, dossier),
        statement="Juist.",
        recipient_person="Petra Fictief",
        identifiable=True,
        why_identifiable="De deskundige spreekt het kind zelf.",
    )
    made = disclosure.disclose(services, builders.context(services, personas.SWV), request)
    builders.describe(services, personas.OWNER, dossier, second, categories=("e",), necessity="Nodig.")
    with (
        pytest.raises(RefusedError, match="gezondheid"),
        package(services, builders.context(services, personas.SWV), made),
    ):
        pass
    with services.db.reading() as session:
        found = events(session.connection(), dossier=dossier, action=(Action.DOWNLOAD, Action.REFUSE), limit=50).rows
    assert [(row.action, row.article) for row in found] == [(Action.REFUSE, "PR9.2")]
