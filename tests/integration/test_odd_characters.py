"""A character that PostgreSQL cannot keep is the sender's mistake on both databases, never an error of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.accounts.tables import Organisation
from gateway.app import create_app
from tests import personas
from tests.personas import visitor

if TYPE_CHECKING:
    from gateway.services import Services

ADDRESSES = {
    personas.SWV: ("/dossiers/%00", "/dossiers?zoek=%00", "/dossiers?staat=%00", "/verstrekkingen/%00", "/lezing/%00/1"),
    personas.OFFICER: ("/logboek?dossier=%00", "/logboek?wie=%00", "/logboek/%00", "/register/a%00", "/logboek/lijst.csv?wie=%00"),
    personas.PARTNER: ("/ontvangen/%00",),
    personas.ADMINISTRATOR: ("/inrichting/account/%00/beeindigen", "/reglement-beheer/%00"),
}  # fmt: skip


def test_a_nul_in_an_address_leads_nowhere_on_both_databases(services: Services) -> None:
    app = create_app(services)
    for person, addresses in ADDRESSES.items():
        someone = visitor(app, person)
        for address in addresses:
            assert someone.get(address).status_code in {400, 404}, address
    for address in ("/uitnodiging/%00", "/openpgp/%00.asc", "/reglement/%00", "/aanmelden?next=%00"):
        assert visitor(app).get(address).status_code in {400, 404}, address


def _organisations(services: Services) -> set[str]:
    with services.db.reading() as session:
        return {found for (found,) in session.query(Organisation.id)}


def test_a_nul_in_a_form_is_told_and_nothing_is_kept(services: Services) -> None:
    app = create_app(services)
    administrator = visitor(app, personas.ADMINISTRATOR)
    before = _organisations(services)
    organisation = {"kind": "municipality", "name": "Nulgemeente\x00 Verzin", "brin": "", "parent_id": ""}
    for options in ({}, {"content_type": "multipart/form-data"}):
        answer = administrator.post("/inrichting/organisatie", organisation, **options)
        assert answer.status_code == 400
        assert "teken" in answer.get_data(as_text=True)
    assert _organisations(services) == before
    assert "Nulgemeente" not in administrator.get("/inrichting").get_data(as_text=True)
