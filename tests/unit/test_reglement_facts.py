"""Facts are parsed strictly: what is there must be right, and an error names the key and never the value."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.reglement.errors import FactsError
from gateway.reglement.facts import Facts, parse

ROWS = Path(__file__).resolve().parents[1] / "data" / "judgement" / "judgement.jsonl"
FULL = {
    "profile": "po-raad-2014",
    "on": "2026-11-21",
    "act": "disclose",
    "purpose": "second_opinion",
    "pupil": {"born": "2013-05-04", "notified_to_swv": True, "represented": False},
    "data": {"categories": ["a", "e", "a.bank"], "anonymised": False, "necessity": None, "origin": "school"},
    "actor": {
        "kind": "swv_staff",
        "has_authority": None,
        "access": {
            "from": "2025-01-01",
            "until": None,
            "categories": ["a", "c.birthplace"],
            "scope": "dossier",
            "confidentiality_accepted": "2025-01-01",
            "profession": None,
            "registration": {"register": "NVO", "number": "1", "from": "2025-01-01", "until": None},
        },
    },
    "recipient": {"kind": "partner_swv", "has_authority": None, "access": None, "enrolled_here": False},
    "legal_basis": {
        "kind": "consent",
        "law": None,
        "consent": {
            "by": "guardian",
            "has_authority": True,
            "on": "2026-10-01",
            "withdrawn_on": None,
            "purposes": ["second_opinion"],
            "recipients": ["partner_swv"],
        },
    },
    "state": {
        "verzet": "none",
        "shielded": ["a.bank"],
        "legal_hold": False,
        "open_matters": 0,
        "last_matter_ended_on": None,
        "left_school_on": None,
    },
    "convenant": {"signed_a": "2026-01-05", "signed_b": "2026-02-01", "notice_on": None, "requested_on": "2026-11-01"},
}


def _paths(value, path=()):
    for key, each in value.items():
        yield (*path, key)
        if isinstance(each, dict):
            yield from _paths(each, (*path, key))


def _changed(path, value):
    found = copy.deepcopy(FULL)
    place = found
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return found


PATHS = list(_paths(FULL))
REQUIRED = {("profile",), ("on",), ("act",)}
DATES = [
    path for path in PATHS if path[-1] in {"on", "born", "from", "until"} or path[-1].endswith(("_on", "accepted"))
]
ENUMERATED = [path for path in PATHS if path[-1] in {"act", "purpose", "origin", "kind", "by", "verzet"}]
LISTS = [path for path in PATHS if path[-1] in {"categories", "purposes", "recipients", "shielded"}]


@pytest.mark.parametrize("path", PATHS, ids=".".join)
@pytest.mark.parametrize("wrong", [3.5, [["a"]], {"x": 1}, b"x"], ids=repr)
def test_a_wrong_type_is_an_error_that_names_the_key(path, wrong):
    with pytest.raises(FactsError) as caught:
        parse(_changed(path, wrong))
    assert path[-1] in caught.value.key or "x" in caught.value.key


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_null_is_missing_and_only_profile_day_and_act_are_needed(path):
    if path in REQUIRED:
        with pytest.raises(FactsError, match=path[0]):
            parse(_changed(path, None))
    else:
        assert isinstance(parse(_changed(path, None)), Facts)


@pytest.mark.parametrize("path", [(), *[path for path in PATHS if path[-1] in {"pupil", "data", "access", "consent"}]])
def test_an_unknown_key_is_an_error_that_names_it(path):
    found = copy.deepcopy(FULL)
    place = found
    for key in path:
        place[key] = place[key] or {}
        place = place[key]
    place["naam"] = "geheim"
    with pytest.raises(FactsError) as caught:
        parse(found)
    assert caught.value.key == ".".join([*path, "naam"])
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("path", DATES, ids=".".join)
@pytest.mark.parametrize(
    "text", ["2026-02-30", "20260201", "2026-W05-7", "2026-2-1", "01-02-2026", "", " 2026-02-01", "0000-01-01"]
)
def test_a_malformed_date_is_an_error(path, text):
    with pytest.raises(FactsError, match=path[-1]):
        parse(_changed(path, text))


@pytest.mark.parametrize("path", ENUMERATED, ids=".".join)
@pytest.mark.parametrize("text", ["iets anders", "", "None", "DISCLOSE"])
def test_an_unknown_value_is_an_error(path, text):
    with pytest.raises(FactsError) as caught:
        parse(_changed(path, text))
    assert caught.value.key == ".".join(path)


@pytest.mark.parametrize("path", LISTS, ids=".".join)
@pytest.mark.parametrize("element", ["q", "a.naam", "ab", "", None, 1, ["a"]], ids=repr)
def test_an_unknown_element_of_a_list_is_an_error(path, element):
    with pytest.raises(FactsError, match=path[-1]):
        parse(_changed(path, [element]))


@pytest.mark.parametrize("value", [True, 1.0, "1"])
def test_open_matters_is_a_whole_number(value):
    with pytest.raises(FactsError, match="open_matters"):
        parse(_changed(("state", "open_matters"), value))


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_facts_that_are_no_object_are_an_error(value):
    with pytest.raises(FactsError, match="feiten"):
        parse(value)


@pytest.mark.parametrize("value", ["", "  "])
def test_a_blank_profile_is_a_missing_one(value):
    with pytest.raises(FactsError, match="profile"):
        parse(_changed(("profile",), value))


def test_a_sub_field_counts_as_its_category_everywhere_but_in_the_set_as_given():
    parsed = parse(FULL)
    assert parsed.data.categories == {"a", "e", "a.bank"}
    assert parsed.data.bases == {"a", "e"}
    assert parsed.state.shielded == {"a"}
    assert parsed.actor.access is not None
    assert parsed.actor.access.categories == {"a", "c"}


def test_three_keys_are_enough():
    parsed = parse({"profile": "x", "on": "2026-11-21", "act": "destroy"})
    assert (parsed.data.anonymised, parsed.purpose, parsed.actor.access) == (False, None, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["a", "2026-11-21", "guardian"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from(PATHS), JSON)
def test_whatever_json_comes_there_are_facts_or_an_error_and_nothing_else(path, value):
    try:
        assert isinstance(parse(_changed(path, value)), Facts)
    except FactsError as error:
        str(error).encode("utf-8")


def test_the_facts_of_the_scenarios_parse_or_are_meant_to_be_in_error():
    for line in ROWS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        try:
            parse(row["facts"])
        except FactsError:
            assert row["expect"] == {"error": True}
