"""Who may see a dossier still sees only what they need, and only while they may (PR8.2, PR9.1, PR9.2, PR10.2, PR10.3)."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from datetime import timedelta

import pytest

from audit.events import Action, Outcome
from audit.log import events
from gateway.access import usecases as access
from gateway.access.usecases import NewEntry
from gateway.accounts import passwords, people
from gateway.accounts.rules import Person
from gateway.accounts.tables import Organisation
from gateway.context import Role
from gateway.demo import PASSWORD
from gateway.dossiers import pages, usecases
from tests import builders, personas
from tests.builders import context
from tests.personas import search, visitor
from tests.web import matrix_people

HIDDEN = "geheimstuk-intelligentie.txt"
OPEN = "openstuk-verloop.txt"


def listed(services, email, categories, *, accept=True, role=Role.SWV_STAFF):
    """A new person of the SWV on the access list for these categories."""
    with services.db.writing() as session:
        organisation = session.get_one(Organisation, builders.account(services, personas.SWV).organisation_id)
        account = people.create(
            session,
            services.vault,
            organisation=organisation,
            role=role,
            person=Person(name=f"Persoon {email}", email=email),
            now=services.clock(),
            password_hash=passwords.hash_password(PASSWORD),
        )
    boss = context(services, personas.ADMINISTRATOR)
    entry = NewEntry(
        account_id=account.id,
        valid_from=boss.today - timedelta(days=1),
        valid_until=None,
        categories=categories,
        scope="tenant",
        school_ids=(),
        motivation="Verzonnen.",
    )
    made = builders.on_the_list(services, boss, entry)
    if accept:
        access.accept_confidentiality(services, context(services, email))
    return made


def two_documents(services, bsn):
    """A submitted dossier with one document on the course of education (g) and one with health (e)."""
    dossier = builders.draft(services, bsn=bsn)
    documents = {}
    for name, categories in ((OPEN, ("g",)), (HIDDEN, ("e",))):
        received = builders.upload(services, personas.OWNER, dossier, name, f"{name} {bsn}\n".encode())
        documents[name] = received.document_id
        necessity = "Nodig voor de ondersteuning." if "e" in categories else ""
        builders.describe(
            services, personas.OWNER, dossier, received.document_id, categories=categories, necessity=necessity
        )
    builders.work(services)
    usecases.submit(services, context(services, personas.OWNER), dossier)
    return dossier, documents


@pytest.fixture(scope="module")
def two(services):
    listed(services, "smal@demo.example", "g")
    return two_documents(services, "100000009")


def test_a_document_outside_the_entry_is_counted_and_not_shown(app, two):
    dossier, _ = two
    page = visitor(app, "smal@demo.example").get(f"/dossiers/{dossier}/stukken").get_data(as_text=True)
    assert OPEN in page
    assert HIDDEN not in page
    assert "1 stuk dat u niet mag inzien" in page


def test_the_routes_of_a_document_outside_the_entry_do_not_exist(app, two):
    dossier, documents = two
    someone = visitor(app, "smal@demo.example")
    base = f"/dossiers/{dossier}/stukken/{documents[HIDDEN]}"
    assert someone.get(f"{base}/lezen").status_code == 404
    assert someone.post(f"{base}/downloaden").status_code == 404
    assert someone.get(f"/dossiers/{dossier}/stukken/{documents[OPEN]}/lezen").status_code == 200


def test_a_document_outside_the_entry_cannot_be_disclosed_even_by_its_id(app, services, two):
    dossier, documents = two
    someone = visitor(app, "smal@demo.example")
    consent = matrix_people.consent(services, dossier)
    answer = someone.post(
        f"/dossiers/{dossier}/verstrekken", request_for(services, documents[HIDDEN], consent) | {"confirmed": "1"}
    )
    assert answer.status_code == 400
    assert HIDDEN not in answer.get_data(as_text=True)


def test_what_others_did_with_a_document_outside_the_entry_does_not_name_it(app, services, two):
    """The timeline and the verstrekkingen tell that something happened, not which document it was (PR10.2)."""
    dossier, documents = two
    swv = visitor(app, personas.SWV)
    assert swv.get(f"/dossiers/{dossier}/stukken/{documents[HIDDEN]}/lezen").status_code == 200
    consent = matrix_people.consent(services, dossier)
    wanted = request_for(services, documents[HIDDEN], consent, extra=[documents[OPEN]])
    assert swv.post(f"/dossiers/{dossier}/verstrekken", wanted).status_code == 403
    someone = visitor(app, "smal@demo.example")
    for path in (f"/dossiers/{dossier}", f"/dossiers/{dossier}/verstrekkingen"):
        page = someone.get(path)
        assert page.status_code == 200
        assert HIDDEN not in page.get_data(as_text=True), path


def test_a_verstrekking_does_not_name_a_document_outside_the_senders_entry(app, services):
    listed(services, "alleen.e@demo.example", "e")
    dossier, documents = two_documents(services, "100000186")
    wanted = request_for(services, documents[OPEN], matrix_people.consent(services, dossier)) | {"confirmed": "1"}
    made = visitor(app, personas.SWV).post(f"/dossiers/{dossier}/verstrekken", wanted)
    assert OPEN in visitor(app, personas.SWV).get(made.location).get_data(as_text=True)
    page = visitor(app, "alleen.e@demo.example").get(made.location)
    assert page.status_code == 200
    assert OPEN not in page.get_data(as_text=True)


def request_for(services, document_id, consent_id, *, extra=()):
    return {
        "document_ids": [document_id, *extra],
        "recipient_id": builders.account(services, personas.MUNICIPALITY).organisation_id,
        "purpose": "support_allocation",
        "basis": "consent",
        "consent_id": consent_id,
        "statement": "Juist en volledig.",
        "recipient_person": "Petra Fictief",
        "identifiable": "1",
        "why_identifiable": "De deskundige spreekt het kind zelf.",
    }


def test_a_draft_is_invisible_to_the_swv(app, services):
    dossier = builders.draft(services, bsn="100000010", first_name="Concepta")
    for email in (personas.SWV, personas.CONTACT_PERSON):
        someone = visitor(app, email)
        assert someone.get(f"/dossiers/{dossier}").status_code == 404
        for path in ("/dossiers", "/dossiers?staat=draft"):
            assert dossier not in someone.get(path).get_data(as_text=True)
        for text in ("Concepta", "100000010"):
            assert dossier not in search(someone, text).get_data(as_text=True)
        assert dossier in search(visitor(app, personas.OWNER), "Concepta").get_data(as_text=True)


def test_what_is_searched_for_stands_in_no_address_and_is_of_no_use_to_another(app, services):
    dossier = builders.draft(services, bsn="100000022", first_name="Zoekelinde")
    owner = visitor(app, personas.OWNER)
    for text in ("Zoekelinde", "100000022", "1000.00.022"):
        answer = owner.post("/dossiers", {"zoek": text, "staat": "draft"})
        address = answer.headers["Location"]
        assert answer.status_code == 303
        assert text not in address
        assert b64encode(text.encode()).decode().rstrip("=") not in address
        shown = owner.get(address).get_data(as_text=True)
        assert dossier in shown
        assert f'value="{text}"' in shown
        assert visitor(app, personas.COLLEAGUE).get(address).status_code == 400
    assert owner.post("/dossiers", {"zoek": " "}).headers["Location"] == "/dossiers?zoek=&staat="
    for typed in ("Zoekelinde", "100000022", "%F0%9F%98%80"):
        answer = owner.get(f"/dossiers?zoek={typed}")
        assert answer.status_code == 400
        assert dossier not in answer.get_data(as_text=True)


def test_confidentiality_comes_before_anything_of_a_dossier(app, services, two):
    dossier, documents = two
    listed(services, "nieuw.op.lijst@demo.example", "abcdefghijklmnop", accept=False)
    someone = visitor(app, "nieuw.op.lijst@demo.example")
    base = f"/dossiers/{dossier}"
    for path in (
        "/dossiers",
        base,
        f"{base}/stukken",
        f"{base}/verstrekkingen",
        f"{base}/verstrekken",
        f"{base}/toestemming",
        "/verstrekkingen",
    ):
        assert someone.get(path).location == "/geheimhouding", path
    assert someone.post(f"{base}/stukken/{documents[OPEN]}/downloaden").location == "/geheimhouding"
    assert someone.post("/geheimhouding").status_code == 303
    assert someone.get(f"{base}/stukken").status_code == 200


def test_an_ended_entry_closes_the_dossier_at_once_also_an_open_reading(app, services, two):
    dossier, documents = two
    entry = listed(services, "eindigt@demo.example", "eg")
    someone = visitor(app, "eindigt@demo.example")
    page = someone.get(f"/dossiers/{dossier}/stukken/{documents[OPEN]}/lezen").get_data(as_text=True)
    image = page[page.index("/lezing/") :].partition('"')[0]
    assert someone.get(image).status_code == 200
    boss = visitor(app, personas.ADMINISTRATOR)
    assert boss.post(f"/toegangslijst/{entry}/beeindigen").status_code == 303
    assert someone.get(image).status_code == 404
    assert someone.get(f"/dossiers/{dossier}").status_code == 404


def test_a_guardian_without_authority_sees_nothing_of_the_child(app, services, two):
    dossier, _ = two
    with services.db.writing() as session:
        account = builders.account(services, personas.PUPIL).id
        pages.link_family(session, dossier_id=dossier, account_id=account, capacity="guardian", has_authority=False)
    assert "Zwollebol" not in visitor(app, personas.PUPIL).get("/wat-is-bekend").get_data(as_text=True)


# --- verstrekken --------------------------------------------------------------------------------------------------------


def refusals(services, dossier):
    with services.db.reading() as session:
        found = events(session.connection(), dossier=dossier, action=Action.REFUSE, limit=50)
    return [(row.article, row.outcome) for row in found.rows]


def test_health_data_do_not_go_to_a_partner_and_the_refusal_is_in_the_log(app, services):
    dossier, documents = two_documents(services, "100000022")
    consent = matrix_people.consent(services, dossier)
    swv = visitor(app, personas.SWV)
    answer = swv.post(f"/dossiers/{dossier}/verstrekken", request_for(services, documents[HIDDEN], consent))
    assert answer.status_code == 403
    assert "PR9.2" in answer.get_data(as_text=True)
    assert refusals(services, dossier) == [("PR9.2", Outcome.REFUSED)]
    log = visitor(app, personas.OFFICER).get(f"/logboek?dossier={dossier}&wat=refuse").get_data(as_text=True)
    assert "PR9.2" in log


@pytest.fixture
def sent(app, services, request):
    """A verstrekking on consent, made over the web; the recipient has not fetched it yet."""
    bsns = {"goes": "100000034", "consent": "100000046", "closed": "100000058", "withdrawn": "100000071"}
    bsn = bsns[next(key for key in bsns if key in request.node.name)]
    dossier, documents = two_documents(services, bsn)
    consent = matrix_people.consent(services, dossier)
    swv = visitor(app, personas.SWV)
    wanted = request_for(services, documents[OPEN], consent)
    assert "confirmed" in swv.post(f"/dossiers/{dossier}/verstrekken", wanted).get_data(as_text=True)
    made = swv.post(f"/dossiers/{dossier}/verstrekken", wanted | {"confirmed": "1"})
    assert made.status_code == 303
    verstrekking = made.location.rpartition("/")[2]
    version = matrix_people.version_of(services, documents[OPEN])
    return {
        "dossier": dossier, "document": documents[OPEN], "consent": consent, "swv": swv, "id": verstrekking,
        "fetch": f"/ontvangen/{verstrekking}/{version}/downloaden", "recipient": visitor(app, personas.MUNICIPALITY),
    }  # fmt: skip


def test_a_document_goes_to_its_recipient_on_consent(app, sent):
    answer = sent["recipient"].post(sent["fetch"])
    assert answer.status_code == 200
    assert answer.get_data().startswith(OPEN.encode())
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert sent["recipient"].get(f"/ontvangen/{sent['id']}").status_code == 200


def test_a_withdrawn_consent_blocks_the_next_download(app, services, sent):
    assert sent["recipient"].post(sent["fetch"]).status_code == 200
    path = f"/dossiers/{sent['dossier']}/toestemming/{sent['consent']}/intrekken"
    assert sent["swv"].post(path).status_code == 303
    answer = sent["recipient"].post(sent["fetch"])
    assert answer.status_code == 403
    assert "PR9.1b" in answer.get_data(as_text=True)
    assert refusals(services, sent["dossier"])[0] == ("PR9.1b", Outcome.REFUSED)


def test_a_closed_verstrekking_blocks_the_next_download(app, sent):
    assert sent["swv"].post(f"/verstrekkingen/{sent['id']}/sluiten").status_code == 303
    answer = sent["recipient"].post(sent["fetch"])
    assert answer.status_code == 409
    assert "gesloten" in answer.get_data(as_text=True)


def test_a_withdrawn_document_cannot_be_fetched(app, sent):
    owner = visitor(app, personas.OWNER)
    path = f"/dossiers/{sent['dossier']}/stukken/{sent['document']}/intrekken"
    assert owner.post(path, {"reason": "Verkeerd kind."}).status_code == 303
    assert sent["recipient"].post(sent["fetch"]).status_code == 409
    assert sent["swv"].get(f"/dossiers/{sent['dossier']}/stukken/{sent['document']}/lezen").status_code == 409


# --- oversight ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\uff1d", "'="])
def test_no_cell_of_the_exported_log_is_a_formula(app, services, start):
    bsn = {"=": "100000083", "+": "100000095", "-": "100000101", "@": "100000113", "\t=": "100000125", "\r=": "100000137",
           "\n=": "100000149", " =": "100000150", "\uff1d": "100000162", "'=": "100000174"}[start]  # fmt: skip
    builders.draft(services, bsn=bsn, first_name=f'{start}1+1;"x"', infix="", last_name="Rekenaar")
    answer = visitor(app, personas.OFFICER).get("/logboek/lijst.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True)), delimiter=";"))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert any("1+1" in cell for row in rows for cell in row)
    for row in rows:
        for cell in row:
            assert not cell.lstrip(" \n").startswith(
                ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
            ), cell
