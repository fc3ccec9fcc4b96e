"""Guardians and pupils are let in by the school, and see what is known (PRage)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from gateway.dossiers import pages
from tests import builders, personas
from tests.personas import Visitor, visitor

PASSWORD = "vier losse woorden fietsbel"


@pytest.fixture(scope="module")
def dossier(services):
    return builders.submitted(services)[0]


def fields(**changes):
    values = {
        "capacity": "guardian",
        "name": "Mies van Zwollebol",
        "email": "mies@demo.example",
        "has_authority": "y",
        "identified_by": "paspoort gezien",
    }
    return {key: value for key, value in {**values, **changes}.items() if value is not None}


def mailed(app):
    """The links that were mailed, oldest first: no page shows one."""
    page = app.test_client().get("/demo/postvak-uit").get_data(as_text=True)
    return re.findall(r"/uitnodiging/[\w-]+", page)


def test_a_guardian_is_invited_chooses_a_password_and_sees_what_is_known(app, dossier):
    school = visitor(app, personas.OWNER)
    assert school.post(f"/dossiers/{dossier}/ouders", fields()).status_code == 303
    link = mailed(app)[-1]
    guardian = Visitor(app.test_client())
    assert guardian.post(link, {"password": PASSWORD}).status_code == 303
    assert guardian.post("/aanmelden", {"email": "mies@demo.example", "password": PASSWORD}).status_code == 303
    known = guardian.get("/wat-is-bekend").get_data(as_text=True)
    assert "Jip van Zwollebol" in known
    assert "Noa" not in known
    account = re.search(
        r"/ouders/(\w{32})/beeindigen", school.get(f"/dossiers/{dossier}/ouders").get_data(as_text=True)
    )
    assert school.post(f"/dossiers/{dossier}/ouders/{account.group(1)}/beeindigen").status_code == 303
    assert "Jip van Zwollebol" not in guardian.get("/wat-is-bekend").get_data(as_text=True)


def test_a_guardian_without_authority_sees_nothing(app, services, dossier):
    school = visitor(app, personas.OWNER)
    school.post(f"/dossiers/{dossier}/ouders", fields(email="zonder@demo.example", has_authority=None))
    link = mailed(app)[-1]
    guardian = Visitor(app.test_client())
    guardian.post(link, {"password": PASSWORD})
    guardian.post("/aanmelden", {"email": "zonder@demo.example", "password": PASSWORD})
    assert "Jip" not in guardian.get("/wat-is-bekend").get_data(as_text=True)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"capacity": "data_subject"}, "vanaf 16 jaar"),
        ({"identified_by": ""}, "vastgesteld wie dit is"),
        ({"email": "geen adres"}, "geen geldig e-mailadres"),
        ({"email": personas.SWV}, "kan hier niet worden gebruikt"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_sentence(app, dossier, changes, sentence):
    answer = visitor(app, personas.OWNER).post(f"/dossiers/{dossier}/ouders", fields(**changes))
    assert answer.status_code in {400, 409}
    assert sentence in answer.get_data(as_text=True)


def test_from_sixteen_the_pupil_is_let_in_and_a_guardian_is_not(app, services, clock):
    born = clock.now.date().replace(year=clock.now.year - 16)
    dossier, _ = builders.submitted(services, born=born, bsn="100000009")
    school = visitor(app, personas.OWNER)
    refused = school.post(f"/dossiers/{dossier}/ouders", fields(email="ouder16@demo.example"))
    assert "beslist zelf" in refused.get_data(as_text=True)
    allowed = school.post(
        f"/dossiers/{dossier}/ouders", fields(capacity="data_subject", email="jip@demo.example", has_authority=None)
    )
    assert allowed.status_code == 303


def test_on_the_sixteenth_birthday_the_guardian_sees_it_no_longer(app, services, clock):
    born = (clock.now.date() + timedelta(days=1)).replace(year=clock.now.year - 16)
    dossier, _ = builders.submitted(services, born=born, bsn="100000010", first_name="Bijna")
    account = builders.account(services, personas.GUARDIAN)
    with services.db.writing() as session:
        pages.link_family(session, dossier_id=dossier, account_id=account.id, capacity="guardian", has_authority=True)
    guardian = visitor(app, personas.GUARDIAN)
    assert "Bijna" in guardian.get("/wat-is-bekend").get_data(as_text=True)
    clock.forward(days=1)
    again = visitor(app, personas.GUARDIAN)
    assert "Bijna" not in again.get("/wat-is-bekend").get_data(as_text=True)
    clock.forward(days=-1)
