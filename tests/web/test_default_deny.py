"""Default deny: every route says who may enter, or the portal does not start (issue 2)."""

from __future__ import annotations

from pathlib import Path

import grimp
import pytest
from flask import Blueprint

import gateway
from gateway import app as application
from gateway.context import Role
from gateway.web import allow, entry_of, public
from tests.web.matrix import RIGHT_KINDS, RIGHT_STEPS

PUBLIC = {
    "/",
    "/over",
    "/healthz",
    "/readyz",
    "/.well-known/dossierpoort-keys.json",
    "/.well-known/security.txt",
    "/demo/postvak-uit",
    "/static/<path:filename>",
    "/controle",
    "/aanmelden",
    "/afmelden",
    "/aanmelden/passkey",
    "/aanmelden/passkey/begin",
    "/aanmelden/organisatie",
    "/aanmelden/organisatie/<organisation_id>/terug",
    "/aanmelden/organisatie/<organisation_id>/afgemeld",
    "/uitnodiging/<token>/organisatie",
    "/taal",
    "/wachtwoord-vergeten",
    "/<any('uitnodiging','nieuw-wachtwoord'):what>/<token>",
    "/reglement",
    "/reglement/<slug>",
    "/openpgp/<slug>.asc",
    "/getuige/add-checkpoint",
    "/lijn/<slug>",
}
STATIC = Path(gateway.__file__).parent / "static"


def test_every_route_declares_who_may_enter(app):
    for rule in app.url_map.iter_rules():
        entry = entry_of(app.view_functions[rule.endpoint])
        assert entry is not None, rule.rule
        assert entry.public != bool(entry.roles), f"{rule.rule}: public, or for named roles, and not both"


def test_only_these_routes_are_open_to_strangers(app):
    rules = app.url_map.iter_rules()
    assert {rule.rule for rule in rules if entry_of(app.view_functions[rule.endpoint]).public} == PUBLIC


def test_a_route_that_does_not_declare_who_may_enter_keeps_the_portal_from_starting(services, monkeypatch):
    forgotten = Blueprint("forgotten", __name__)
    forgotten.get("/vergeten")(lambda: "iedereen ziet dit")
    monkeypatch.setattr(application, "BLUEPRINTS", (*application.BLUEPRINTS, forgotten))
    with pytest.raises(LookupError, match="forgotten"):
        application.create_app(services)


@pytest.mark.parametrize("declaration", [public, allow(Role.EXPERT)])
def test_a_route_that_declares_who_may_enter_lets_the_portal_start(services, monkeypatch, declaration):
    declared = Blueprint("declared", __name__)
    declared.get("/verklaard", endpoint="view")(declaration(lambda: "goed"))
    monkeypatch.setattr(application, "BLUEPRINTS", (*application.BLUEPRINTS, declared))
    app = application.create_app(services)
    assert app.test_client().get("/verklaard").status_code == (200 if declaration is public else 303)


def test_a_route_added_after_the_start_is_closed(services):
    app = application.create_app(services)
    app.add_url_rule("/later", view_func=lambda: "iedereen ziet dit", endpoint="later")
    answer = app.test_client().get("/later")
    assert answer.status_code == 404
    assert "iedereen ziet dit" not in answer.get_data(as_text=True)


def test_static_files_come_from_the_build_only(app):
    assert [item.name for item in STATIC.iterdir()] == ["build"]
    served = app.test_client().get("/static/build/dossierpoort.css")
    assert served.status_code == 200
    served.close()


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/%2e%2e/config.py",
        "build/../../config.py",
        "/etc/passwd",
        "build",
        "build/",
        "",
        "build/%00",
    ],
)
def test_static_serves_nothing_outside_the_build(app, path):
    assert app.test_client().get(f"/static/{path}").status_code in {404, 308}


EVIDENCE = {"upload.choose_evidence", "upload.upload_evidence"}  # a signed form, a court order: the SWV gets them too
ON_PAPER = {"upload.choose_request", "upload.upload_request"}  # the scan of a request of a parent or pupil


def test_no_role_but_those_of_a_school_may_send_files_and_the_swv_only_evidence(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("upload."):
            more = {Role.SWV_STAFF, Role.CONTACT_PERSON} if rule.endpoint in EVIDENCE | ON_PAPER else set()
            if rule.endpoint in ON_PAPER:  # a request of a parent that came by post to the officer, and no other file
                more.add(Role.PRIVACY_OFFICER)
            assert entry_of(app.view_functions[rule.endpoint]).roles == {Role.SCHOOL_STAFF} | more


# What the officer may send: searching, and judging what was done. None of it touches a dossier, a document, a
# verstrekking or a rule.
JUDGES = {
    "/vernietigd/<destruction_id>/<any('json','pdf'):what>": "a certificate to show: that it was made is logged",
    "/register": "a search, sealed before it stands in an address",
    "/verzoeken/nieuw": "a search, sealed before it stands in an address",
    "/verzoeken/<request_id>/beslissen": "a decision on what a parent or pupil asked",
    f"/verzoeken/<request_id>/stap/<{RIGHT_STEPS}:what>": "a step of what a parent or pupil asked",
    f"/dossiers/<dossier_id>/rechten/<{RIGHT_KINDS}:what>": "what a parent or pupil asked on paper",
    "/dossiers/<dossier_id>/verzoek-op-papier": "the scan of that request, and no other document",
    "/bewijs/<event_id>/<any('json','pdf'):what>": "a receipt: that it was made is logged",
    "/logboek/leerling/<dossier_id>/pdf": "who saw what, on paper: that it was printed is logged",
    "/toegangslijst/<entry_id>/bevestigen": "the yearly look at an entry: it stands for another year, as it is",
    "/toegangslijst/<entry_id>/beeindigen": "takes access away, and gives none",
    "/aandacht/signalen/<signal_id>/sluiten": "a signal, with the reason",
    "/datalekken/nieuw": "a data breach",
    "/datalekken/<breach_id>/zoeken": "a search, sealed before it stands in an address",
    "/datalekken/<breach_id>/stukken": "which documents a breach is about",
    "/datalekken/<breach_id>/stukken/<document_id>/weg": "that a document is not part of a breach",
    "/datalekken/<breach_id>/besluit/<any('ap','betrokkenen'):what>": "a decision on a breach",
    "/datalekken/<breach_id>/gedaan/<any('ap','betrokkenen'):what>": "when a decision was carried out",
    "/datalekken/<breach_id>/maatregel": "what was done about a breach",
    "/datalekken/<breach_id>/sluiten": "the conclusion of a breach",
    "/aandacht/herstel/<reset_id>/<any('goedkeuren','afwijzen'):what>": "a reset that an administrator asked for: by two",
    "/aandacht/organisatie-aanmelden/<connection_id>/<any('goedkeuren','afwijzen'):what>": "a provider that an "
    "administrator proposed: by two",
    "/inrichting/uitnodigingen/<account_id>/<any('bevestigen','afwijzen'):what>": "an invitation of another: by two",
    "/inrichting/uitnodigingen/<organisation_id>/domein-weg": "takes the ease of an invitation away, and gives none",
    "/datalekken/<breach_id>/brieven/pdf": "letters about a breach, on paper",
    "/convenanten/<convenant_id>/versies/<version_id>/pdf": "a convenant on paper: reads, and leaves its event",
    "/convenanten/stukken/<document_id>/downloaden": "a document of a convenant: reads, and leaves its event",
    "/verzoeken/<request_id>/correctie/kiezen": "which documents a wissing is about",
    "/verzoeken/<request_id>/correctie/onderdeel/<item_id>": "carries out what was granted to parent or pupil",
    "/verzoeken/<request_id>/correctie/onderdeel/<item_id>/zienswijze": "the parent's own words, from paper",
    "/verzoeken/<request_id>/correctie/ontvanger/<told_id>/verstuurd": "when a letter went out",
    "/verzoeken/<request_id>/correctie/ontvanger/<told_id>/kan-niet": "why someone cannot be told",
    "/verzoeken/<request_id>/correctie/ontvanger/<told_id>/antwoord": "what a recipient answered, from paper",
    "/verzoeken/<request_id>/correctie/opheffen/<restriction_id>": "lifts a shield or restriction, with reasons",
    # the answer of an inzage: what goes to who asked, of the pupil's own data; nothing in the dossier changes
    "/verzoeken/<request_id>/inzage/begin": "an entry of the list for this dossier, as long as the request runs",
    "/verzoeken/<request_id>/inzage/onderdeel": "a part of the overview that goes along or not",
    "/verzoeken/<request_id>/inzage/stukken/<document_id>/besluit": "a document that goes along or not",
    "/verzoeken/<request_id>/inzage/stukken/<document_id>/<any('maken','vondst','klaar'):what>": "what of others goes",
    "/verzoeken/<request_id>/inzage/papier": "the answer, on paper",
    "/aandacht/grenzen": "from where on the officer wants to be told",
    "/brieven/<kind>/aanpassen": "what letters say, in force once taken into use",
    "/brieven/<kind>/voorbeeld": "a letter with values that are made up",
    "/brieven/teksten/<template_id>/voorbeeld": "the same, of a version",
    "/brieven/teksten/<template_id>/<any('gebruiken','afwijzen'):what>": "takes the text of a letter into use",
    "/brieven/huisstijl": "the addresses and the signatory of letters",
    "/dossiers/<dossier_id>/brieven/<letter_id>/pdf": "a letter on paper: reads, and leaves its event",
    "/dossiers/<dossier_id>/brieven/<letter_id>/verstuurd": "when a letter went out: the officer answers requests",
}
HANDS_OFF = (
    "gateway.dossiers.usecases",
    "gateway.dossiers.upload",
    "gateway.dossiers.inbound",
    "gateway.dossiers.reading",
    "gateway.dossiers.content",
    "gateway.dossiers.family",
    "gateway.disclosure.usecases",
    "gateway.disclosure.fetching",
    "gateway.disclosure.package",
    "gateway.access.usecases",
    "gateway.accounts.usecases",
)


def test_the_privacy_officer_reads_and_judges_and_changes_nothing_of_what_is_judged(app):
    """Reading the log must not go with writing in what it is about: the officer's own forms are those of the list."""
    own = set()
    # What everyone may do with their own account: it gives nobody anything.
    assert entry_of(app.view_functions["factors.mine"]).roles == set(Role)
    for rule in app.url_map.iter_rules():
        if rule.methods & {"POST", "PUT", "PATCH", "DELETE"}:
            view = app.view_functions[rule.endpoint]
            entry = entry_of(view)
            if (
                not rule.endpoint.startswith(("factors.", "passkeys.", "sign_on."))
                and not entry.public
                and Role.PRIVACY_OFFICER in entry.roles
            ):
                own.add(rule.rule)
                both = ("gateway.administration.access_web", "gateway.administration.invitations_web")
                scan = "gateway.dossiers.upload_web"
                slices = ("oversight", "receipts", "destruction", "convenant", "letters", "rights")
                # The officer answers requests (PR11): letters with their texts, and carrying out what was granted.
                places = (*(f"gateway.{name}." for name in slices), scan, *both)
                assert view.__module__.startswith(places), rule
    assert own == set(JUDGES)


def test_the_desk_cannot_upload_disclose_or_change_rules_for_it_knows_no_use_case_that_does():
    """What `gateway.oversight` imports, it could call: none of the modules that write in a dossier or let data out."""
    graph = grimp.build_graph("gateway")
    imported = {
        name
        for module in graph.find_descendants("gateway.oversight")
        for name in graph.find_modules_directly_imported_by(module)
    }
    assert {"gateway.disclosure.queries", "gateway.recording"} <= imported, "the test no longer sees the imports"
    assert not imported & set(HANDS_OFF)


def test_the_administrator_has_no_route_to_a_dossier(app):
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(
            (
                "/dossiers",
                "/lezing",
                "/verstrekkingen",
                "/ontvangen",
                "/register",
                "/logboek",
                "/wat-is-bekend",
                "/aandacht",
            )
        ):
            assert Role.ADMINISTRATOR not in entry_of(app.view_functions[rule.endpoint]).roles, rule.rule
