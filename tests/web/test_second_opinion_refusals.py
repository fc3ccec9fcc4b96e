"""A step of a second opinion that the rules refuse: said with its rule, in the log, and nothing is left behind."""

from __future__ import annotations

import re

from audit.log import events, open_payload
from gateway.recording import Action, LogSealer, Outcome
from gateway.second_opinion.tables import SecondOpinionAct
from tests import builders, personas, second_opinions
from tests.personas import visitor


def acts(services):
    with services.db.reading() as session:
        return session.query(SecondOpinionAct).count()


def refusals(services, case):
    with services.db.reading() as session:
        rows = events(session.connection(), object_id=case, action=Action.REFUSE, limit=10).rows
        sealed = [LogSealer(session, services.vault, organisation_id=row.tenant, year=row.at.year) for row in rows]
        return [
            (row.article, row.outcome, dict(open_payload(row, sealer))["step"])
            for row, sealer in zip(rows, sealed, strict=True)
        ]


def test_a_step_at_the_wrong_time_is_refused_with_its_rule_and_stands_in_the_log(app, services):
    second_opinions.convenant(services)
    dossier, _ = builders.submitted(services)
    case = second_opinions.case(services, dossier, until="send")
    before = acts(services)
    someone = visitor(app, personas.CONTACT_PERSON)
    answer = someone.post(f"/second-opinions/{case}/doen/afronden")
    assert answer.status_code == 303
    page = someone.get(f"/second-opinions/{case}").get_data(as_text=True)
    assert re.search(r"Deze stap kan nu niet\..* Regel: CV4\.", page)
    assert acts(services) == before
    assert refusals(services, case) == [("CV4", Outcome.REFUSED, "close")]


def test_a_field_that_was_not_filled_in_is_told_and_is_no_refusal(app, services):
    second_opinions.convenant(services)
    dossier, _ = builders.submitted(services)
    case = second_opinions.case(services, dossier, until="send")
    someone = visitor(app, personas.CONTACT_PERSON)
    assert someone.post(f"/second-opinions/{case}/overleg", data={"overleg-text": ""}).status_code == 400
    assert refusals(services, case) == []
