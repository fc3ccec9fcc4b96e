"""Every act of an administrator or officer on settings and accounts says in the log what it was and became (issue 6)."""

from __future__ import annotations

import pytest

from audit.log import events, open_payload
from gateway.context import Role
from gateway.oversight import review
from gateway.recording import Action, LogSealer, Outcome
from gateway.web import entry_of
from tests import builders
from tests.web import matrix, matrix_world

PLACES = ("/inrichting", "/toegangslijst", "/reglement-beheer", "/aandacht/grenzen", "/aandacht/herstel", "/brieven")
CHANGES = {Action.CONFIGURE, Action.PERMISSION, Action.INVITE, Action.KEY}
GRENZEN = {name: str(least + 1) for name, (least, _) in review.LIMITS.items()}
"""Sent by the screen: route, who, thing, and what is typed."""
SENT = [
    ("/inrichting/organisatie", "admin", "", {"kind": "municipality", "name": "Gemeente Verzonnen"}),
    ("/inrichting/aanmeldtijd", "admin", "", {"idle": "10", "hours": "4"}),
    ("/inrichting/account/<account_id>/opnieuw", "admin", "invited", {}),
    ("/inrichting/account/<account_id>/beeindigen", "admin", "leaver", {"successor": "nobody"}),
    ("/inrichting/account/<account_id>/herstel", "admin", "resettable", {"reason": "Sprak hem zelf (verzonnen)."}),
    ("/aandacht/herstel/<reset_id>/<any('goedkeuren','afwijzen'):what>", "officer", "reset", {}),
    ("/inrichting/uitnodigingen/<account_id>/<any('bevestigen','afwijzen'):what>", "officer", "waiting", {}),
    ("/aandacht/grenzen", "officer", "", GRENZEN | {"from_hour": "7", "until_hour": "19"}),
    ("/toegangslijst/<entry_id>/beeindigen", "officer", "entry", {"reason": "Verzonnen."}),
    ("/inrichting/organisatie/<organisation_id>/sleutels/<key_id>/stoppen", "admin", "partner_key", {}),
    ("/inrichting/getuigen/<party_id>/stoppen", "admin", "witness", {}),
    ("/inrichting/lijnen", "admin", "", {"carrier": "local", "address": "overkant"}),
    ("/inrichting/lijnen/<link_id>/stoppen", "admin", "line", {}),
]
BESIDES = {"/inrichting/lijnen": "partner_organisation"}
"""Whose ids are typed besides, of which thing of the world."""
BY_THE_WORLD = {
    "/inrichting/lijnen/sleutel": "openpgp_key",
    "/inrichting/uitnodigen": "account",
    "/inrichting/organisatie/<organisation_id>/sleutels": "openpgp_key",
    "/inrichting/organisatie/<organisation_id>/sleutels/<key_id>/bevestigen": "openpgp_key",
    "/inrichting/getuigen": "witness_witness",
    "/inrichting/getuigen/<party_id>/bevestigen": "witness_witness",
    "/toegangslijst/nieuw": "access_entry",
    "/toegangslijst/<entry_id>/wijzigen": "access_entry",
    "/toegangslijst/<entry_id>/<any('goedkeuren','afwijzen'):what>": "access_entry",
    "/toegangslijst/<entry_id>/bevestigen": "access_entry",
    "/brieven/<kind>/aanpassen": "letter_template",
    "/brieven/teksten/<template_id>/<any('gebruiken','afwijzen'):what>": "letter_template",
    "/brieven/huisstijl": "letter_house",
    "/reglement-beheer/nieuw": "reglement_version",
    "/reglement-beheer/<version_id>/<any('goedkeuren','afwijzen'):what>": "reglement_version",
    "/inrichting/uitnodigingen/<organisation_id>/domein-weg": "organisation",
    "/inrichting/organisatie/<organisation_id>/aanmelden/voorstel": "sign_on",
    "/inrichting/organisatie/<organisation_id>/aanmelden/intrekken": "sign_on",
    "/inrichting/organisatie/<organisation_id>/aanmelden/uitzetten": "sign_on",
    "/inrichting/organisatie/<organisation_id>/aanmelden/koppeling/<account_id>/verwijderen": "account",
}
"""Routes whose use case the world of the tests, or another test, calls: each leaves an event of this type."""
ASKS = {
    "/brieven/<kind>/voorbeeld",
    "/brieven/teksten/<template_id>/voorbeeld",
    "/inrichting/organisatie/<organisation_id>/aanmelden/proberen",
    "/inrichting/lijnen/<link_id>/opnieuw",
}
"""Asks a provider whether it answers, lets a line carry now what it would carry later, or makes an example letter."""
CARRIES = {"/inrichting/lijnen/<link_id>/bestand", "/inrichting/lijnen/<link_id>/inlezen"}
"""Carries messages by hand, which is in the log as that (`tests/web/test_peers_door.py`), and changes no setting."""
NO_CHANGE = {"accepted", "password", "password_link", "let_in"}
"""What a person does for themselves, and what stands in a dossier's own history."""


@pytest.fixture(scope="module")
def world(services):
    return matrix_world.build_world(services)


def told(services):
    """(event id, object type, payload) of each act on settings and accounts by someone of this tenant."""
    someone = builders.account(services, "beheer@demo.example")
    with services.db.reading() as session:
        sealer = LogSealer(session, services.vault, organisation_id=someone.tenant_id, year=2026)
        rows = [
            row
            for action in CHANGES
            for row in events(session.connection(), tenant=someone.tenant_id, action=action, limit=500).rows
            if row.actor and row.dossier is None and row.outcome is Outcome.SUCCESS
        ]
        return [(row.event_id, row.object_type, dict(open_payload(row, sealer))) for row in rows]


def test_the_lists_name_every_route_that_changes_settings_or_accounts(app):
    rules = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PLACES)
        and "POST" in rule.methods
        and entry_of(app.view_functions[rule.endpoint]).roles & {Role.ADMINISTRATOR, Role.PRIVACY_OFFICER}
    }
    assert rules - ASKS - CARRIES == {rule for rule, *_ in SENT} | set(BY_THE_WORLD)


def test_each_of_them_says_what_it_was_and_became_and_the_officer_reads_it(app, services, world):
    for number, (rule, who, thing, fields) in enumerate(SENT):
        person = matrix.browser(app, who, number + 1)
        known = {event_id for event_id, _, _ in told(services)}
        path = matrix.address(app, rule, world.parameters(rule, thing) if thing else {})
        besides = world.things[BESIDES[rule]] if rule in BESIDES else {}
        answer = person.client.post(path, data={"csrf_token": person.token, **besides, **fields})
        assert answer.status_code == 303, (rule, answer.status_code)
        fresh = [(event_id, payload) for event_id, _, payload in told(services) if event_id not in known]
        assert fresh, rule
        event_id, payload = fresh[0]
        assert payload["changed"], rule
        page = matrix.browser(app, "officer", 90 + number).client.get(f"/logboek/{event_id}").get_data(as_text=True)
        assert "Wat veranderde" in page, rule


def test_no_such_act_is_in_the_log_without_it(services, world):
    found = told(services)
    bare = [
        (kind, payload) for _, kind, payload in found if not payload.get("changed") and not NO_CHANGE & set(payload)
    ]
    assert bare == []
    kinds = {kind for _, kind, _ in found}
    assert kinds >= set(BY_THE_WORLD.values())
    assert all(
        isinstance(pair, list) and len(pair) == 2
        for _, _, payload in found
        for pair in payload.get("changed", {}).values()
    )
