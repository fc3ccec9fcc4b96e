"""Acts that matter need a second factor of at most ten minutes ago: one table says which, and each is walked (issue 6)."""

from __future__ import annotations

import pytest

from gateway.context import Role
from gateway.web import entry_of
from tests import personas
from tests.personas import visitor

FRESH = {
    # disclose, sign
    "/dossiers/<dossier_id>/verstrekken": "disclose",
    "/onderzoek": "make an export of dossiers as codes",
    "/onderzoek/<export_id>/<any('csv','json'):what>": "disclose, as codes",
    "/verstrekkingen/<verstrekking_id>/namen": "read who is who in an anonymised verstrekking",
    "/verstrekkingen/<verstrekking_id>/pakket": "disclose, as an encrypted package",
    "/verstrekkingen/<verstrekking_id>/afdrukken": "disclose, on paper",
    "/ontvangen/<verstrekking_id>/bevestigen": "sign for receipt",
    "/geheimhouding": "sign for confidentiality",
    "/dossiers/<dossier_id>/indienen": "disclose to the SWV",
    "/toestemmingen/vraag/<request_id>/<any('geven','weigeren'):what>": "sign as a parent or pupil, of whom has a factor",
    "/dossiers/<dossier_id>/zaken/<matter_id>/besluit": "sign a besluit",
    "/dossiers/<dossier_id>/besluiten/<besluit_id>/verbeteren": "sign a besluit again",
    "/dossiers/<dossier_id>/zaken/<matter_id>/einde": "from when the term of keeping counts",
    "/dossiers/<dossier_id>/zaken/<matter_id>/verbeteren": "from when the term of keeping counts",
    "/dossiers/<dossier_id>/uitstel": "what may be destroyed",
    "/dossiers/<dossier_id>/besluiten/<besluit_id>/bezwaar/nieuw": "what may be destroyed",
    (
        "/dossiers/<dossier_id>/besluiten/<besluit_id>/bezwaar/<objection_id>/"
        "<any('advies','verlengen','beslissen','intrekken'):what>"
    ): "decide on an objection",
    "/wat-is-bekend/<dossier_id>/besluiten/<besluit_id>/bezwaar": "sign as a parent or pupil, of whom has a factor",
    "/dossiers/<dossier_id>/uitstel/<hold_id>/einde": "what may be destroyed",
    "/dossiers/<dossier_id>/uitstel/<hold_id>/opnieuw": "what may be destroyed",
    "/convenanten/<convenant_id>/aanbieden": "a text that others can sign from then on",
    "/convenanten/<convenant_id>/versies/<version_id>/intrekken": "a text that others can sign no longer",
    "/convenanten/<convenant_id>/versies/<version_id>/ondertekenen": "sign a convenant",
    "/convenanten/<convenant_id>/opzeggen": "sign a notice",
    "/convenanten/<convenant_id>/einde": "propose to end a convenant, in the name of one's organisation",
    "/casusoverleg/<meeting_id>/geven": "disclose, in a casusoverleg",
    "/second-opinions/<case_id>/levering": "disclose, for a second opinion",
    "/second-opinions/<case_id>/controle": "disclose: the request goes to the partner",
    "/second-opinions/<case_id>/doen/<any('aannemen','advies-leveren','advies-ontvangen','aan-ouders','afronden'):what>": (
        "disclose, sign: an advice goes to the requester or the parents, receipt is confirmed"
    ),
    "/second-opinions/<case_id>/ondertekenen": "sign an advice",
    "/second-opinions/<case_id>/ontvangst": "confirm receipt: the term of the advice starts",
    "/verzoeken/<request_id>/beslissen": "decide on a request of a parent or pupil: a letter leaves",
    "/ontvangen/vernietigen/<verstrekking_id>": "sign what became of what was received",
    "/ontvangen/vernietigen/kopie/<asked_id>": "decide that what a partner gave must be kept",
    "/ontvangen/vernietigen/kopie/<asked_id>/vrijgeven": "approve that what a partner gave is destroyed",
    "/vernietigd/<destruction_id>/<any('json','pdf'):what>": "a signed certificate leaves",
    # approve
    "/bewaren/vernietigen/<destruction_id>": "approve a destruction",
    "/second-opinions/<case_id>/instemmen": "approve the agreements of a case",
    "/convenanten/afspraken/<agreement_id>/<any('akkoord','afwijzen'):what>": "approve agreements of a convenant",
    "/verstrekkingen/<verstrekking_id>/<any('goedkeuren','afwijzen'):what>": "approve a verstrekking",
    "/toegangslijst/<entry_id>/<any('goedkeuren','afwijzen'):what>": "approve an entry of the access list",
    "/reglement-beheer/<version_id>/<any('goedkeuren','afwijzen'):what>": "approve rules",
    "/brieven/teksten/<template_id>/<any('gebruiken','afwijzen'):what>": "approve the text of a letter",
    "/brieven/<kind>/aanpassen": "what letters say",
    "/brieven/huisstijl": "who signs letters, and where one objects",
    "/anonimiseren/<rendition_id>/klaar": "approve an anonymised rendition",
    "/convenanten/handtekeningen/<signature_id>/<any('bevestigen','afwijzen'):what>": "approve a signature on paper",
    "/convenanten/volmacht/<proxy_id>/<any('bevestigen','afwijzen'):what>": "approve a volmacht",
    "/convenanten/einde/<ending_id>/<any('akkoord','afwijzen'):what>": "approve the end of a convenant",
    # who may
    "/second-opinions/<case_id>/deskundige": "the access list: an expert of the case",
    "/second-opinions/<case_id>/deskundige/<account_id>/toelaten": "the access list: an expert of the case",
    "/second-opinions/<case_id>/deskundige/<account_id>/afhalen": "the access list: an expert of the case",
    "/convenanten/<convenant_id>/contactpersonen": "who sends and receives for a party",
    "/convenanten/contactpersonen/<contact_id>/beeindigen": "who sends and receives for a party",
    "/toegangslijst/nieuw": "the access list",
    "/toegangslijst/<entry_id>/wijzigen": "the access list",
    "/toegangslijst/<entry_id>/beeindigen": "the access list",
    "/toegangslijst/<entry_id>/bevestigen": "the access list",
    "/reglement-beheer/nieuw": "the rules",
    "/noodtoegang": "break-glass",
    "/inrichting/uitnodigen": "who has an account",
    "/inrichting/uitnodigingen/<account_id>/<any('bevestigen','afwijzen'):what>": "who has an account",
    "/inrichting/uitnodigingen/<organisation_id>/domein-weg": "who has an account",
    "/inrichting/account/<account_id>/herstel": "a second step that is lost",
    "/aandacht/herstel/<reset_id>/<any('goedkeuren','afwijzen'):what>": "a second step that is lost",
    "/inrichting/organisatie/<organisation_id>/aanmelden/voorstel": "who vouches for whom",
    "/inrichting/organisatie/<organisation_id>/aanmelden/intrekken": "who vouches for whom",
    "/inrichting/organisatie/<organisation_id>/aanmelden/proberen": "who vouches for whom",
    "/inrichting/organisatie/<organisation_id>/aanmelden/uitzetten": "who vouches for whom",
    "/inrichting/organisatie/<organisation_id>/aanmelden/koppeling/<account_id>/verwijderen": "who vouches for whom",
    "/aandacht/organisatie-aanmelden/<connection_id>/<any('goedkeuren','afwijzen'):what>": "who vouches for whom",
    "/mijn-account/organisatie": "how one signs in oneself",
    "/mijn-account/organisatie/verwijderen": "how one signs in oneself",
    "/inrichting/aanmeldtijd": "how long people stay signed in",
    "/mijn-account/passkeys": "one's own second step",
    "/mijn-account/passkeys/begin": "one's own second step",
    "/mijn-account/passkeys/<key_id>/verwijderen": "one's own second step",
    "/inrichting/account/<account_id>/opnieuw": "a link into an account",
    "/inrichting/account/<account_id>/beeindigen": "who has an account",
    "/inrichting/organisatie": "who can be a recipient",
    "/dossiers/<dossier_id>/school": "which school reaches a dossier",
    "/dossiers/<dossier_id>/ouders": "which parent sees what is known",
    "/dossiers/<dossier_id>/gezag": "who decides for a pupil",
    "/dossiers/<dossier_id>/gezag/<account_id>/koppelen": "who decides for a pupil",
    "/aandacht/grenzen": "the rules of what the officer is told",
    "/verzoeken/<request_id>/correctie/onderdeel/<item_id>": "what is erased or shielded for a correctie",
    "/verzoeken/<request_id>/correctie/opheffen/<restriction_id>": "a shield or restriction that is lifted",
    # export
    "/dossiers/<dossier_id>/besluiten/<besluit_id>/<any('pdf','json','csv'):what>": "export of a besluit",
    "/wat-is-bekend/<dossier_id>/besluiten/<besluit_id>/pdf": "export of a besluit, by a parent",
    "/dossiers/<dossier_id>/stukken/<document_id>/downloaden": "export of a document",
    "/anonimiseren/<rendition_id>/downloaden": "export of an anonymised rendition",
    "/ontvangen/<verstrekking_id>/<version_id>/downloaden": "export of what was received",
    "/toestemmingen/<consent_id>/formulier": "export of a signed form, by a parent",
    "/datalekken/<breach_id>/brieven/pdf": "export of letters",
    "/dossiers/<dossier_id>/brieven/<letter_id>/pdf": "export of a letter",
    "/rechten/brieven/<letter_id>/pdf": "export of a letter, by a parent or pupil who has a factor",
    "/toegangslijst/lijst.csv": "export",
    "/logboek/lijst.csv": "export",
    "/logboek/leerling/<dossier_id>/pdf": "export",
    "/register/lijst.csv": "export",
    "/register/lijst.json": "export",
    "/datalekken/register.csv": "export",
    "/datalekken/register.json": "export",
    "/verzoeken/termijnen.csv": "export",
    "/monitor.csv": "export",
    "/bewijs/<event_id>/<any('json','pdf'):what>": "a receipt, taken along",
    "/convenanten/<convenant_id>/versies/<version_id>/pdf": "export of a convenant",
    "/convenanten/stukken/<document_id>/downloaden": "export of a document of a convenant",
    "/verzoeken/<request_id>/inzage/begin": "sign for confidentiality, and the access list",
    "/verzoeken/<request_id>/inzage/papier": "the answer of an inzage, on paper",
    "/rechten/verzoek/<request_id>/antwoord/stukken/<document_id>": "a document of an inzage; of whom has a factor",
    "/rechten/verzoek/<request_id>/antwoord/<any('pdf','json','pakket'):what>": "an inzage; of whom has a factor",
    "/second-opinions/<case_id>/advies/pdf": "export of a signed advice; of a parent or pupil who has a factor",
    "/second-opinions/<case_id>/ontvangen/<attachment_id>": "export of what a partner sent over the line",
    "/inrichting/lijnen/<link_id>/bestand": "export of messages for a partner",
    # keys
    "/inrichting/lijnen": "with whom our gateway speaks, and where",
    "/inrichting/lijnen/<link_id>/stoppen": "with whom our gateway speaks",
    "/inrichting/lijnen/<link_id>/inlezen": "what counts as sent by a partner",
    "/inrichting/lijnen/sleutel": "our own key",
    "/inrichting/organisatie/<organisation_id>/sleutels": "keys of a recipient",
    "/inrichting/organisatie/<organisation_id>/sleutels/<key_id>/bevestigen": "keys of a recipient",
    "/inrichting/organisatie/<organisation_id>/sleutels/<key_id>/stoppen": "keys of a recipient",
    "/inrichting/getuigen": "the key of a witness",
    "/inrichting/getuigen/<party_id>/bevestigen": "the key of a witness",
    "/inrichting/getuigen/<party_id>/stoppen": "the key of a witness",
    "/mijn-account/app": "one's own second step",
    "/mijn-account/app/verwijderen": "one's own second step",
    "/mijn-account/herstelcodes": "one's own second step",
}
SOMEONE = {
    Role.SCHOOL_STAFF: personas.OWNER,
    Role.SWV_STAFF: personas.SWV,
    Role.CONTACT_PERSON: personas.CONTACT_PERSON,
    Role.EXPERT: personas.EXPERT,
    Role.GUARDIAN: personas.GUARDIAN,
    Role.PUPIL: personas.PUPIL,
    Role.PRIVACY_OFFICER: personas.OFFICER,
    Role.ADMINISTRATOR: personas.ADMINISTRATOR,
}
LATER = {"minutes": 10, "seconds": 1}


@pytest.fixture(scope="module")
def stale(app, clock):
    """Someone of each role whose second factor was ten minutes and one second ago."""
    people = {role: visitor(app, email) for role, email in SOMEONE.items()}
    tokens = {role: person.token() for role, person in people.items()}
    clock.forward(**LATER)
    return people, tokens


def test_the_table_names_every_act_that_asks_and_no_other(app):
    rules = app.url_map.iter_rules()
    assert {rule.rule for rule in rules if entry_of(app.view_functions[rule.endpoint]).fresh} == set(FRESH)


@pytest.mark.parametrize("rule", FRESH)
def test_who_proved_it_too_long_ago_is_asked_before_the_form_opens_and_when_it_is_sent(app, stale, rule):
    people, tokens = stale
    walked = 0
    for item in app.url_map.iter_rules():
        entry = entry_of(app.view_functions[item.endpoint])
        if item.rule != rule or not entry.fresh:
            continue
        values = dict.fromkeys(item.arguments, "0" * 32) | ({"what": _choice(rule)} if "what" in item.arguments else {})
        path = item.build(values)[1]
        for role in entry.roles:
            if "GET" in item.methods:
                asked = people[role].get(path)
                assert (asked.status_code, asked.location.partition("?")[0]) == (303, "/bevestig-dat-u-het-bent"), role
            if "POST" in item.methods:
                sent = people[role].client.post(path, data={"csrf_token": tokens[role], "geheugen": "getypt"})
                assert sent.status_code == 403, role
                assert 'value="getypt"' in sent.get_data(as_text=True), role
            walked += 1
    assert walked


def _choice(rule):
    return rule.split("any('", 1)[1].split("'", 1)[0]


def test_a_script_is_told_and_gets_nothing(app, stale):
    people, tokens = stale
    answer = people[Role.SWV_STAFF].client.post(
        "/noodtoegang", data={"csrf_token": tokens[Role.SWV_STAFF]}, headers={"X-Requested-With": "XMLHttpRequest"}
    )
    assert answer.status_code == 403
    assert answer.json["ok"] is False
