"""Whoever looks at a page that names a pupil stands in the log, and the timeline says it in words (PR9.3, PR11.1)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from audit.log import events, open_payload
from gateway.convenant import history
from gateway.disclosure import usecases as disclosure
from gateway.dossiers.tables import Dossier
from gateway.errors import RefusedError
from gateway.ids import new_id
from gateway.oversight import refusals, review
from gateway.oversight.signals import Found, Seen
from gateway.recording import Action, LogSealer, Outcome
from tests import builders, personas
from tests.personas import visitor
from tests.web.matrix_people import consent, disclose


@pytest.fixture(scope="module")
def world(services):
    """A submitted dossier with a verstrekking to the municipality."""
    dossier, document = builders.submitted(services, bsn="100000009")
    thing = {"dossier_id": dossier, "document_id": document}
    return dossier, disclose(services, thing, consent(services, dossier))


def looked(services, dossier, about):
    """The accounts that looked at this kind of thing of a dossier."""
    with services.db.reading() as session:
        rows = events(session.connection(), dossier=dossier, action=Action.CONSULT, limit=200).rows
    return [row.actor for row in rows if row.object_type == about]


def test_sender_and_recipient_of_a_verstrekking_are_logged_when_they_open_it(app, services, world):
    dossier, verstrekking = world
    assert visitor(app, personas.MUNICIPALITY).get(f"/ontvangen/{verstrekking}").status_code == 200
    assert visitor(app, personas.SWV).get(f"/verstrekkingen/{verstrekking}").status_code == 200
    seen = looked(services, dossier, "verstrekking")
    assert {builders.account(services, personas.MUNICIPALITY).id, builders.account(services, personas.SWV).id} <= set(
        seen
    )
    page = visitor(app, personas.SWV).get(f"/dossiers/{dossier}").get_data(as_text=True)
    assert "Verstrekking bekeken" in page
    assert "Dossier bekeken" in page
    assert "Geopend om te lezen: een stuk<" not in page


def test_who_may_not_open_it_leaves_no_look(app, services, world):
    dossier, verstrekking = world
    before = len(looked(services, dossier, "verstrekking"))
    assert visitor(app, personas.OWNER).get(f"/ontvangen/{verstrekking}").status_code == 404
    assert len(looked(services, dossier, "verstrekking")) == before


def test_a_parents_look_is_logged_too(app, services):
    with services.db.reading() as session:
        demo = session.scalars(select(Dossier.id).order_by(Dossier.made_at)).first()
    before = len(looked(services, demo, "overview"))
    page = visitor(app, personas.GUARDIAN).get("/wat-is-bekend").get_data(as_text=True)
    assert "Bekeek wat er bekend is" in page
    assert looked(services, demo, "overview")[: len(looked(services, demo, "overview")) - before] == [
        builders.account(services, personas.GUARDIAN).id
    ]


def test_the_school_does_not_read_that_the_swv_looked_for_a_double(app, services):
    builders.submitted(services, bsn="100000010")
    dossier, _ = builders.submitted(services, bsn="100000010", first_name="Tweede")
    swv = visitor(app, personas.SWV)
    assert "Mogelijk dubbel" in swv.get(f"/dossiers/{dossier}").get_data(as_text=True)
    assert swv.post(f"/dossiers/{dossier}/dubbel-afgehandeld").status_code == 303
    assert "Mogelijk dubbel dossier bekeken" in swv.get(f"/dossiers/{dossier}").get_data(as_text=True)
    school = visitor(app, personas.OWNER).get(f"/dossiers/{dossier}").get_data(as_text=True)
    assert "dubbel" not in school.lower()


@pytest.mark.parametrize(
    ("who", "path", "about"),
    [
        (personas.SWV, "/dossiers/{}/stukken", "documents"),
        (personas.OWNER, "/dossiers/{}/verstrekkingen", "verstrekkingen"),
        (personas.OWNER, "/dossiers/{}/ouders", "relatives"),
    ],
)
def test_each_page_of_a_dossier_leaves_its_look(app, services, world, who, path, about):
    someone = visitor(app, who)
    before = looked(services, world[0], about)
    assert someone.get(path.format(world[0])).status_code == 200
    assert looked(services, world[0], about) == [builders.account(services, who).id, *before]


def logged(services, action, about, **more):
    with services.db.reading() as session:
        rows = events(session.connection(), action=action, limit=200, **more).rows
        tenant = builders.account(services, personas.OFFICER).tenant_id
        sealer = LogSealer(session, services.vault, organisation_id=tenant, year=services.clock().year)
        return [dict(open_payload(row, sealer)) for row in rows if row.object_type == about]


@pytest.mark.parametrize(
    ("who", "path", "about"),
    [
        (personas.SWV, "/dossiers", "dossiers"),
        (personas.SWV, "/verstrekkingen", "verstrekkingen"),
        (personas.MUNICIPALITY, "/ontvangen", "verstrekkingen"),
    ],
)
def test_a_list_with_names_leaves_one_look_that_says_which_dossiers(app, services, world, who, path, about):
    someone = visitor(app, who)
    actor = builders.account(services, who).id
    before = len(logged(services, Action.CONSULT, about, actor=actor))
    assert someone.get(path).status_code == 200
    seen = logged(services, Action.CONSULT, about, actor=actor)
    assert len([each for each in seen if "list" in each]) >= 1
    assert len(seen) == before + 1
    assert world[0] in seen[0]["list"]


@pytest.mark.parametrize(
    ("path", "about"),
    [("/aandacht", "signals"), ("/aandacht/signalen", "signals"), ("/datalekken", "data_breach")],
)
def test_the_officers_pages_that_name_people_leave_a_look_of_each_time(app, services, world, path, about):
    officer = visitor(app, personas.OFFICER)
    actor = builders.account(services, personas.OFFICER).id
    with services.db.writing() as session:
        tenant = session.get_one(Dossier, world[0]).tenant_id
        event = Seen(event_id="e" * 32, at=services.clock(), action=Action.BREAK_GLASS, outcome=Outcome.SUCCESS)
        found = Found(kind="break_glass", subject="e" * 32, number=1, events=(event,), dossier=world[0])
        review.absorb(session, tenant, found)
    before = len(logged(services, Action.CONSULT, about, actor=actor))
    assert officer.get(path).status_code == 200
    seen = logged(services, Action.CONSULT, about, actor=actor)
    assert len(seen) == before + 1
    if about == "signals":
        assert world[0] in seen[0]["list"]


def test_a_familys_look_at_its_consents_is_logged_in_each_of_its_dossiers(app, services):
    with services.db.reading() as session:
        demo = session.scalars(select(Dossier.id).order_by(Dossier.made_at)).first()
    before = looked(services, demo, "consents")
    assert visitor(app, personas.GUARDIAN).get("/toestemmingen").status_code == 200
    assert looked(services, demo, "consents") == [builders.account(services, personas.GUARDIAN).id, *before]


def test_the_export_of_the_log_says_how_it_was_narrowed(app, services):
    assert visitor(app, personas.OFFICER).get("/logboek/lijst.csv?wat=disclose").status_code == 200
    assert logged(services, Action.EXPORT, "log")[0]["filter"] == {"action": "disclose"}


def test_a_sign_in_that_is_throttled_is_logged_once_a_window(app, services):
    someone = visitor(app)
    for _ in range(13):
        someone.post("/aanmelden", {"email": personas.EXPERT, "password": "fout"})
    found = [each for each in logged(services, Action.SIGN_IN_FAILED, "account") if "throttled" in each]
    assert found == [{"throttled": "sign-in-account"}]


def test_what_the_parties_hold_is_told_by_category_and_never_by_name(app, services, world):
    owner = visitor(app, personas.OWNER)
    page = owner.get(f"/dossiers/{world[0]}/toevoegen").get_data(as_text=True)
    for words in ("Gemeente Voorbeeldstad", "verloop van het onderwijs", "Wat er al is over deze leerling"):
        assert words in page
    assert "verslag.txt" not in page
    empty = owner.get(f"/dossiers/{builders.draft(services, bsn='100000022')}/toevoegen").get_data(as_text=True)
    assert "Er is nog niets" in empty


def test_refusals_show_their_patterns_and_what_was_granted_later(app, services):
    dossier, document = builders.submitted(services, bsn="100000034")
    sender = builders.context(services, personas.SWV)
    with pytest.raises(RefusedError):
        disclosure.disclose(services, sender, builders.verstrekking(services, dossier, document))
    officer = builders.context(services, personas.OFFICER)
    before = refusals.patterns(services, officer, None, None)
    assert [(each.key, each.granted) for each in before.by_article] == [("PR9.1b", 0)]
    services.clock.forward(minutes=5)
    disclose(services, {"dossier_id": dossier, "document_id": document}, consent(services, dossier))
    page = visitor(app, personas.OFFICER).get("/weigeringen").get_data(as_text=True)
    assert "Verstrekken met toestemming" in page
    assert "toegestaan" in page
    after = refusals.patterns(services, officer, None, None)
    assert [(each.key, each.count, each.granted) for each in after.by_article] == [("PR9.1b", 1, 1)]
    swv = visitor(app, personas.SWV)
    wanted = {
        "document_ids": [document], "recipient_id": builders.account(services, personas.MUNICIPALITY).organisation_id,
        "purpose": "support_allocation", "basis": "legitimate_interest", "evidence": "x", "statement": "x",
        "recipient_person": "x", "identifiable": "1", "why_identifiable": "x",
    }  # fmt: skip
    told = swv.post(f"/dossiers/{dossier}/verstrekken", wanted, headers={"X-Requested-With": "XMLHttpRequest"})
    assert told.status_code == 403
    assert (told.json["article"], bool(told.json["cited"])) == ("PR9.1", True)
    shown = swv.post(f"/dossiers/{dossier}/verstrekken", wanted).get_data(as_text=True)
    place = re.search(r'href="(/reglement/demo)#(PR9\.1)"', shown)
    assert f'id="{place.group(2)}"' in swv.get(place.group(1)).get_data(as_text=True)


def test_a_refusal_by_a_convenant_has_its_words_too(app, services):
    sender = builders.context(services, personas.SWV)
    history.refused(services, sender, object_type="casusoverleg", object_id=new_id(), article="GR5", payload={})
    page = visitor(app, personas.OFFICER).get("/weigeringen").get_data(as_text=True)
    assert "Wie het regionale convenant tekende" in page


def test_every_rule_that_the_portal_cites_has_its_line_in_the_reglement(app):
    page = visitor(app).get("/reglement/demo").get_data(as_text=True)
    sources = "".join(path.read_text() for path in Path("gateway").rglob("*.py"))
    cited = set(re.findall(r'article="([A-Z][A-Za-z0-9.]+)"', sources))
    cited |= set(re.findall(r'"((?:CV|GR|OB|PR|SO|TL)[0-9]+(?:\.[0-9]+)?[a-z]?)"', sources))
    assert {"GR1", "PR10.1", "CV3.2", "GR5"} <= cited
    assert [each for each in sorted(cited) if f'id="{each}"' not in page] == []
    assert "De eerste deskundige is een orthopedagoog die bij de NVO staat ingeschreven." in page
    assert "(bankrekening)" in page
    assert "(bank)" not in page
