"""Attacks on the whole portal, by people who may be there, with things that are not theirs (issue 6, Attack it)."""

from __future__ import annotations

import pytest

from tests.attack import forms as forms_of
from tests.web import matrix

LOOKERS = (
    "owner",
    "swv",
    "contact",
    "partner",
    "guardian",
    "pupil",
    "officer",
    "admin",
    "expert",
    "t2_admin",
    "anonymous",
)
"""People of each kind: who fills in the forms of the portal."""
NOT_SENT = {"/afmelden", "/taal"}  # they end or change the session that the other attacks need
ODD = (
    "²",
    "9" * 5000,
    "-1",
    "9999-12-31",
    "0001-01-01",
    "x" * 70_000,
    "' OR 1=1 --\r\nX-Evil: 1",
    "{{7*7}}\u202e",
    "0" * 32,
    "",
    "2026-11-23T99:99",
    "\ufdd0\U0010ffff",
)
"""What no person types: digits that are no number, dates at the end of time, too much, other people's languages."""


@pytest.fixture(scope="module")
def found(app, world, browsers):
    """Every form that these people are shown, once for each place it goes to with each set of fields."""
    adapter, known = app.url_map.bind("localhost"), {}
    for who in LOOKERS:
        for path in readable(app, world, who):
            answer = browsers[who].client.get(path)
            if answer.mimetype == "text/html":
                for form in forms_of.read(path, answer.get_data(as_text=True))[0]:
                    rule = adapter.match(form.action.split("?")[0].split("#")[0], form.method.upper(), return_rule=True)
                    known.setdefault(forms_of.shape(form, rule[0].rule), (who, form))
            answer.close()
    return known


def readable(app, world, who):
    """The addresses of all pages that the table gives this person."""
    for rule, methods in matrix.TABLE.items():
        for thing, people in methods.get("GET", {}).items():
            if who in people and "filename" not in rule:
                yield matrix.address(app, rule, world.parameters(rule, thing))


def test_the_crawl_finds_the_forms_of_every_slice(found):
    assert len(found) > 60


def test_what_nobody_types_is_refused_with_a_page_and_never_an_error_of_ours(found, browsers):
    turn, failed = 0, []
    for (_method, rule, _names), (who, form) in found.items():
        if rule in NOT_SENT:
            continue
        for field in forms_of.each_field(form):
            turn += 1
            odd = ODD[turn % len(ODD)]
            answer = forms_of.send(browsers[who], form, **{field.name: [odd]})
            if answer.status_code >= 500:
                failed.append((rule, field.name, odd[:20]))
            answer.close()
    assert failed == []
    assert turn > 200


@pytest.mark.parametrize("version", ["²", "9" * 5000, "1.0", "-1", "٣"])
@pytest.mark.parametrize("page", ["/dossiers/{dossier_id}/wijzigen", "/toegangslijst/{entry_id}/wijzigen"])
def test_a_version_that_is_no_number_is_an_old_version(world, browsers, page, version):
    who = "admin" if "toegangslijst" in page else "owner"
    path = page.format(**world.things["submitted"], **world.things["entry"])
    forms = forms_of.read(path, browsers[who].client.get(path).get_data(as_text=True))[0]
    form = next(form for form in forms if any(field.name == "version" for field in form.fields))
    assert forms_of.send(browsers[who], form, version=[version]).status_code in {400, 409}
