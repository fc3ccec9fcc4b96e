"""A tenant's own versions of its reglement, through the portal (PR14.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.reglement import versions
from tests import personas
from tests.personas import visitor


def form_fields(html: str) -> dict[str, list[str]]:
    """Every filled field of the page's form, as a browser would send it back."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.fields: dict[str, list[str]] = {}
            self.area = None
            self.select = ""

        def handle_starttag(self, tag, attrs):
            found = dict(attrs)
            if tag == "input" and found.get("name"):
                if found.get("type") in {"checkbox", "radio"} and "checked" not in found:
                    return
                self.fields.setdefault(found["name"], []).append(found.get("value") or "")
            if tag == "select":
                self.select = found["name"]
            if tag == "option" and "selected" in found:
                self.fields[self.select] = [found["value"] or ""]
            if tag == "textarea":
                self.area = found["name"]
                self.fields[self.area] = [""]

        def handle_data(self, data):
            if self.area:
                self.fields[self.area] = [self.fields[self.area][0] + data]

        def handle_endtag(self, tag):
            if tag == "textarea":
                self.area = None

    reader = Reader()
    reader.feed(html)
    for name in ("lang", "next"):
        reader.fields.pop(name, None)
    return reader.fields


@pytest.fixture(scope="module")
def drafted(app, clock):
    """A draft that drops the birthplace and keeps four years, starting tomorrow; its address."""
    administrator = visitor(app, personas.ADMINISTRATOR)
    fields = form_fields(administrator.get("/reglement-beheer/nieuw").get_data(as_text=True))
    fields["valid_from"] = [(clock.now.date() + timedelta(days=1)).isoformat()]
    fields["sub_fields"] = ["a.bank"]
    fields["years_after_matter"] = ["4"]
    assert fields["inzage_term"] == ["P4W"]
    fields["inzage_term"] = ["P3W"]
    assert [fields[f"destroy_{name}"] for name in ("at_once", "clock_days", "answer_days")] == [["50"], ["7"], ["28"]]
    fields["destroy_second_person"], fields["destroy_at_once"] = ["y"], ["10"]
    assert (fields.pop("afterlife"), fields["afterlife_k"]) == (["y"], ["10"])
    fields["afterlife_k"] = ["20"]
    fields["csrf_token"] = [administrator.token()]
    answer = administrator.client.post("/reglement-beheer/nieuw", data=fields)
    assert answer.status_code == 303, answer.get_data(as_text=True)[-4000:]
    return answer.location


def test_a_draft_shows_its_difference_and_changes_nothing_yet(app, services, clock, drafted):
    page = visitor(app, personas.OFFICER).get(drafted).get_data(as_text=True)
    for words in ("Bijzondere velden", "Bewaren: jaren", "Termijn voor inzage", "vier weken", "drie weken"):
        assert words in page, words
    assert "P4W" not in page
    for words in (
        "twee mensen keuren elk dossier goed",
        "hoeveel op één dag",
        "blijven aantallen over",
        ">nee<",
        ">ja<",
        ">50<",
    ):
        assert words in page.replace('<div class="dp-cell">', "").replace("\n", ""), words
    assert "1 augustus 2014" in page
    assert ">4<" in page.replace('<div class="dp-cell">', "").replace("\n", "")
    public = visitor(app).get("/reglement/demo").get_data(as_text=True)
    assert "tot 3 jaar" in public


def test_its_maker_cannot_approve_it(app, drafted):
    administrator = visitor(app, personas.ADMINISTRATOR)
    assert "Goedkeuren" not in administrator.get(drafted).get_data(as_text=True)
    administrator.post(drafted + "/goedkeuren")
    assert "tweede persoon" in administrator.get(drafted).get_data(as_text=True)


def test_the_officer_reads_but_does_not_approve(app, drafted):
    assert visitor(app, personas.OFFICER).post(drafted + "/goedkeuren").status_code == 404


def test_a_second_person_approves_it_and_it_holds_from_its_day(app, services, clock, drafted):
    with services.db.reading() as session:
        before = versions.in_force(session, _tenant(session).id, "po-raad-2014", clock.now.date())
    assert before.keep_years == 3
    assert visitor(app, personas.CONTACT_PERSON).post(drafted + "/goedkeuren").status_code == 303
    with services.db.reading() as session:
        tenant = _tenant(session)
        today = versions.in_force(session, tenant.id, "po-raad-2014", clock.now.date())
        tomorrow = versions.in_force(session, tenant.id, "po-raad-2014", clock.now.date() + timedelta(days=1))
        assert (today.version, tomorrow.version) == (before.version, before.version + 1)
        assert tomorrow.keep_years == 4
        assert (tomorrow.destroy.second_person, tomorrow.destroy.at_once, tomorrow.destroy.clock_days) == (True, 10, 7)
        assert tomorrow.document["keep"]["destroy"] == {"second_person": True, "at_once": 10}, "the rest stays silent"
        assert (today.afterlife.on, tomorrow.afterlife.on, tomorrow.afterlife.k) == (True, False, 20)
        assert "c.birthplace" not in tomorrow.fields
        assert versions.find(session, tenant.id, "po-raad-2014", before.version).keep_years == 3
    again = visitor(app, personas.CONTACT_PERSON)
    again.post(drafted + "/afwijzen")
    assert "goedgekeurd" in again.get(drafted).get_data(as_text=True)


def test_a_partner_sees_no_versions(app, drafted):
    partner = visitor(app, personas.PARTNER)
    assert partner.get("/reglement-beheer").status_code == 404
    assert partner.get(drafted).status_code == 404


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("destroy_at_once", 1, 100),
        ("destroy_clock_days", 1, 31),
        ("destroy_answer_days", 1, 90),
        ("afterlife_k", 5, 100),
    ],
)
def test_what_it_says_on_destroying_stays_within_bounds(app, clock, name, least, most):
    administrator = visitor(app, personas.ADMINISTRATOR)
    fields = form_fields(administrator.get("/reglement-beheer/nieuw").get_data(as_text=True))
    fields["csrf_token"] = [administrator.token()]
    for value in (least - 1, most + 1):
        fields[name] = [str(value)]
        answer = administrator.client.post("/reglement-beheer/nieuw", data=fields)
        assert (answer.status_code, f"{name}-error" in answer.get_data(as_text=True)) == (400, True)


def test_a_version_that_lowers_a_floor_is_refused_with_a_sentence(app, clock):
    administrator = visitor(app, personas.ADMINISTRATOR)
    fields = form_fields(administrator.get("/reglement-beheer/nieuw").get_data(as_text=True))
    fields["valid_from"] = [(clock.now.date() + timedelta(days=2)).isoformat()]
    fields["necessity_for"] = ["a"]
    fields["csrf_token"] = [administrator.token()]
    answer = administrator.client.post("/reglement-beheer/nieuw", data=fields)
    assert answer.status_code == 400
    assert "kan zo niet gelden" in answer.get_data(as_text=True)


def _tenant(session):
    from sqlalchemy import select

    from gateway.accounts.tables import Tenant

    return session.scalars(select(Tenant)).one()
