"""The monitor as its readers find it: numbers a school year, nothing small, no persons, the same as a list and a command."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.monitor.tables import AfterlifeYear
from tests import builders
from tests.personas import CONTACT_PERSON, GUARDIAN, OFFICER, OWNER, PARTNER, SWV, visitor

COUNTS = {
    "tlv": 30,
    "tlv/duration/within": 27,
    "tlv/duration/longer": 3,
    "tlv/asked/no": 30,
    "tlv/school_type/so": 30,
    "tlv/school_type/so/funding/hoog": 18,
    "tlv/school_type/so/funding/laag": 12,
    "advice": 4,
}


@pytest.fixture(scope="module")
def kept(services):
    """Two school years: of one all is told, in the other something is missing."""
    tenant = builders.account(services, SWV).tenant_id
    with services.db.writing() as session:
        session.add(AfterlifeYear(tenant_id=tenant, school_year=2025, counts=COUNTS, whole=True))
        session.add(AfterlifeYear(tenant_id=tenant, school_year=2024, counts={}, whole=False))


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


@pytest.mark.parametrize("email", [SWV, CONTACT_PERSON, OFFICER])
def test_its_readers_see_numbers_and_nothing_that_is_small(app, kept, email):
    told = text(visitor(app, email).get("/monitor?jaar=2025"))
    assert "Toelaatbaarheidsverklaringen (TLV): 30" in told
    assert "Speciaal onderwijs (SO): bekostigingscategorie" in told
    assert re.search(r"laag 12 .*hoog 18", told)
    assert " 27 " not in told, "with 30 it would tell that three were late"
    assert "minder dan 10" in told
    assert "In 2024/2025 ontbreken vernietigde dossiers" in told
    assert "niet hoeveel leerlingen thuiszitten" in told


def test_the_list_and_the_command_say_what_the_page_says(app, services, kept, monkeypatch):
    listed = visitor(app, OFFICER).get("/monitor.csv?jaar=2025").get_data(as_text=True)
    assert "2025/2026;toelaatbaarheidsverklaringen (TLV);;;30" in listed
    assert "2025/2026;adviezen over de ondersteuningsbehoefte;;;minder dan 10" in listed
    for name in ("root_secret", "cookie_secret", "data_dir", "keyring", "scratch", "database_url"):
        monkeypatch.setenv(f"DOSSIERPOORT_{name.upper()}", str(getattr(services.settings, name)))
    run = CliRunner()
    told = run.invoke(main, ["monitor", "--swv", "demo", "--year", "2025", "--json"])
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [
        ";".join(line[name] for name in ("schooljaar", "wat", "onderverdeling", "waarde", "aantal")) for line in lines
    ] == [line.strip().replace('"', "") for line in listed.splitlines()[1:]]
    assert {line["volledig"] for line in lines} == {True, False}
    plain = run.invoke(main, ["monitor", "--year", "2025"])
    assert "demo\t2025/2026\ttoelaatbaarheidsverklaringen (TLV)\t\t\t30" in plain.stdout
    assert "too few were alike" in plain.output
    assert run.invoke(main, ["monitor", "--swv", "nowhere"]).exit_code == 1


@pytest.mark.parametrize("email", [OWNER, PARTNER, GUARDIAN])
def test_for_others_it_does_not_exist_and_is_not_in_their_menu(app, email):
    someone = visitor(app, email)
    assert someone.get("/monitor").status_code == 404
    assert 'href="/monitor"' not in someone.get("/berichten").get_data(as_text=True)


def test_the_director_finds_it_in_the_menu(app):
    assert 'href="/monitor"' in visitor(app, CONTACT_PERSON).get("/berichten").get_data(as_text=True)
