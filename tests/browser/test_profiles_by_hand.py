"""One case for each shipped profile, through the browser as the SWV does it: what goes, what is refused, and by which
article of its own reglement, with the line that the article's link leads to. Source: issue 4 ("Tried by hand").
"""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from gateway.accounts.tables import Organisation, Tenant
from tests import builders, personas
from tests.web.matrix_people import consent

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

# profile, kind of recipient, basis, categories; the heading of the end, the article and how the profile cites it
CASES = (
    (
        "po-raad-2014",
        "municipality",
        "consent",
        ("g", "k"),
        "Controleer en bevestig",
        "PR9.1b",
        "artikel 9 lid 1 onder b",
    ),
    ("po2203-2015", "municipality", "consent", ("e", "g"), "Dit mag niet", "PR9.2", "artikel 9 lid 2"),
    ("leiden-2014", "youth_care", "consent", ("g", "k"), "Dit mag niet", "PR9.1", "artikel"),
    ("avg-2018", "school", "public_task", ("e", "g"), "Controleer en bevestig", "PR9.2", "modelreglement (AVG)"),
)


@pytest.fixture(scope="module")
def cases(portal):
    """A dossier for each set of categories, with a consent that covers everything."""
    services = portal.services()
    made = {}
    for number, categories in enumerate({case[3] for case in CASES}):
        dossier, document = builders.submitted(
            services, categories=categories, bsn=("100000009", "100000010")[number], first_name=f"Geval {number}"
        )
        consent(services, dossier)
        made[categories] = (dossier, document)
    with services.db.writing() as session:
        tenant = session.scalars(select(Tenant)).one()
        session.add(Organisation(tenant_id=tenant.id, kind="youth_care", name="Jeugdhulp Verzonnen"))
    with services.db.reading() as session:
        of_kind = select(Organisation.kind, Organisation.id).order_by(Organisation.name.desc())
        recipients = {row.kind: row.id for row in session.execute(of_kind)}
    recipients["school"] = builders.account(services, personas.OWNER).organisation_id
    yield services, made, recipients
    services.db.dispose()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_the_same_road_ends_where_the_profile_says(cases, visitors, case):
    profile, kind, basis, categories, heading, article, cited = case
    services, made, recipients = cases
    dossier, document = made[categories]
    with services.db.writing() as session:
        session.execute(update(Tenant).values(profile_id=profile))
    recipient = recipients[kind]
    page = visitors.page(personas.SWV)
    page.goto(f"/dossiers/{dossier}/verstrekken")
    page.locator(f"[name=document_ids][value='{document}']").check()
    page.locator("[name=recipient_id]").select_option(recipient)
    page.locator("[name=purpose]").select_option("support_allocation")
    page.locator("[name=identifiable][value='1']").check()
    page.locator(f"[name=basis][value={basis}]").check()
    page.get_by_role("button", name="Verder", exact=True).click()
    page.locator("[name=recipient_person]").wait_for()
    shown = {name: page.locator(f"[name={name}]:visible").count() for name in ("consent_id", "law", "evidence")}
    assert shown == {"consent_id": int(basis == "consent"), "law": 0, "evidence": int(basis != "consent")}
    _fill(page, basis)
    page.get_by_role("button", name="Verder naar de controle").click()
    page.get_by_role("heading", name=heading).wait_for()
    words = page.inner_text("main")
    assert cited in words
    assert article in words
    link = page.locator(f"main a[href*='#{article}']").first.get_attribute("href")
    page.goto(link)
    assert page.locator(f"[id='{article}']").count() == 1
    assert cited in page.locator(f"[id='{article}']").inner_text()


def _fill(page, basis):
    if basis == "consent":
        page.locator("[name=consent_id]").select_option(index=1)
    else:
        page.locator("[name=evidence]").fill("De school vraagt het voor de begeleiding (verzonnen).")
    page.locator("[name=recipient_person]").fill("Ilse van der Verzonnen")
    if page.locator("[name=why_identifiable]").count():
        page.locator("[name=why_identifiable]").fill("Zij werken met het kind zelf.")
    page.locator("[name=statement]").fill("Juist, volledig en actueel.")
