"""The partner's contact person names an expert in their own portal, by the screen. Source: CV2.3, ADR 16."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from gateway.access.tables import Confidentiality
from gateway.second_opinion.tables import SecondOpinionCase
from tests import builders, peering, second_opinions
from tests.personas import visitor


def test_the_partner_assigns_and_releases_an_expert_on_its_own_pages(app, services):
    second_opinions.convenant(services)
    _, there = peering.local_pair(services)
    second_opinions.convenant_of(services, there.tenant_id, there.contact, there.partner_id)
    second_opinions.case(services, builders.submitted(services)[0], until="accept")
    for _ in range(3):
        builders.work(services)
    contact = builders.account(services, there.contact).id
    with services.db.writing() as session:
        session.merge(Confidentiality(account_id=contact, text_version="2026-11", accepted_on=services.clock().date()))
        case = session.scalars(select(SecondOpinionCase).filter_by(tenant_id=there.tenant_id)).one().id
    them, base = visitor(app, there.contact), f"/second-opinions/{case}"
    assert f"{base}/deskundige" in them.get(base).get_data(as_text=True)
    fields = {
        "name": "Noor Genoemd",
        "email": "noor@praktijk.example",
        "profession": "orthopedagogue",
        "register": "NVO",
        "number": "NVO-000002",
        "valid_from": (services.clock().date() - timedelta(days=9)).isoformat(),
    }
    wrong = them.post(f"{base}/deskundige", {**fields, "email": "geen adres"})
    assert wrong.status_code == 400
    assert "Noor Genoemd" in wrong.get_data(as_text=True), "what was typed stays"
    assert them.post(f"{base}/deskundige", fields).status_code == 303
    assert "Een stap van u: onderweg" in them.get(base).get_data(as_text=True)
    for _ in range(3):
        builders.work(services)
    page = them.get(base).get_data(as_text=True)
    assert "Noor Genoemd" in page
    expert = page.partition(f"{base}/deskundige/")[2].partition("/afhalen")[0]
    assert them.post(f"{base}/deskundige/{expert}/afhalen", {"reason": "Met verlof."}).status_code == 303
    for _ in range(3):
        builders.work(services)
    assert f"{expert}/afhalen" not in them.get(base).get_data(as_text=True)
