"""Profiles are data, loaded strictly: what is open or below the law's floor stops the start."""

from __future__ import annotations

import copy
import json
from datetime import date

import pytest

from gateway.reglement import profiles
from gateway.reglement.errors import FactsError, ProfileError
from gateway.reglement.reasons import RULES, SENTENCES

SHIPPED = profiles.shipped()
MODEL = SHIPPED.get("po-raad-2014")
NAMES = ["avg-2018", "leiden-2014", "po-raad-2014", "po2203-2015"]


def _document(**changes):
    """The model's document with some values changed; `a__b` is key b of table a, and ... takes the key away."""
    found = copy.deepcopy(dict(MODEL.document))
    for path, value in changes.items():
        *tables, key = path.split("__")
        place = found
        for table in tables:
            place = place[table]
        if value is ...:
            del place[key]
        else:
            place[key] = value
    return found


def _version(number, start, until=None):
    changes = {"version": number, "valid_from": start}
    return profiles.parse(_document(**changes, **({"valid_until": until} if until else {})))


def test_the_four_profiles_are_shipped():
    assert [profile.id for profile in SHIPPED] == NAMES


def test_every_rule_has_a_sentence_or_only_passes_and_every_sentence_a_rule():
    assert {key.rstrip("abcdefghijklmnopqrstuvwxyz").rstrip("+-") or key for key in SENTENCES} <= {
        *RULES,
        *{rule.rstrip("abcdefghijklmnopqrstuvwxyz") for rule in RULES},
    }
    for rule in RULES:
        assert any(key.startswith((f"{rule}+", f"{rule}-")) for key in SENTENCES)


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_cites_an_article_for_every_rule_and_names_what_a_lawyer_must_confirm(name):
    profile = SHIPPED.get(name)
    assert set(profile.articles) == set(RULES)
    assert all(text.startswith("artikel ") for text in profile.articles.values())
    assert any("BRON" in line for line in profile.to_confirm)
    assert any("WVO 2020" in line for line in profile.to_confirm)


def test_what_differs_between_the_profiles_is_in_their_data():
    po2203, leiden = SHIPPED.get("po2203-2015"), SHIPPED.get("leiden-2014")
    assert MODEL.fields - po2203.fields == {"a.bank", "c.birthplace"}
    assert leiden.recipients == {"school_board", "swv", "expert", "municipality", "duo", "guardian", "data_subject"}
    assert [profile.recipients for profile in SHIPPED if profile is not leiden] == [None, None, None]
    assert leiden.keep_after_leaving is not None
    assert (leiden.keep_after_leaving.years, leiden.keep_after_leaving.except_categories) == (2, {"e"})
    assert any("aanname" in note for note in leiden.notes)
    assert SHIPPED.get("avg-2018").rights.free_of_charge


@pytest.mark.parametrize("name", NAMES)
def test_a_document_kept_as_json_gives_the_same_profile(name):
    profile = SHIPPED.get(name)
    again = profiles.parse(json.loads(json.dumps(profile.document, default=str)))
    assert again == profile


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"extra": 1}, "extra"),
        ({"record__extra": 1}, "extra"),
        ({"disclose__extra": 1}, "extra"),
        ({"keep__extra": 1}, "extra"),
        ({"rights__extra": 1}, "extra"),
        ({"articles__PR99": "artikel 99"}, "PR99"),
        ({"articles__PR9.2": ...}, "PR9.2"),
        ({"articles__PR9.2": " "}, "PR9.2"),
        ({"title": ...}, "title"),
        ({"title": ""}, "title"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"version": "1"}, "version"),
        ({"valid_from": "morgen"}, "valid_from"),
        ({"valid_from": 3}, "valid_from"),
        ({"valid_until": date(2000, 1, 1)}, "valid_until"),
        ({"notes": "x"}, "notes"),
        ({"notes": [" "]}, "notes"),
        ({"record": []}, "record"),
        ({"record__purposes": []}, "purposes"),
        ({"record__purposes": "absence"}, "purposes"),
        ({"record__purposes": [1]}, "purposes"),
        ({"record__purposes": ["vakantie"]}, "vakantie"),
        ({"record__purposes": ["absence", "absence"]}, "twee keer"),
        ({"record__sub_fields": []}, "sub_fields"),
        ({"record__free_origins": ["other"]}, "other"),
        ({"record__necessity_for": ["e"]}, "necessity_for"),
        ({"disclose__recipients": []}, "recipients"),
        ({"disclose__health_categories": ["f"]}, "health_categories"),
        ({"disclose__identifying_categories": ["a", "b"]}, "identifying_categories"),
        ({"disclose__anonymised_purposes": ["publication"]}, "anonymised_purposes"),
        ({"keep__years_after_matter": 0}, "years_after_matter"),
        ({"keep__years_after_matter": 9, "keep__log_years": 8}, "log_years"),
        ({"keep__after_leaving": {"years": 2}}, "except_categories"),
        ({"rights__inzage_term": "vier weken"}, "inzage_term"),
        ({"rights__free_of_charge": "ja"}, "free_of_charge"),
        ({"laws": []}, "laws"),
        ({"laws": {}}, "laws"),
        ({"laws": [1]}, "laws"),
        ({"laws": [{"id": "x"}]}, "actors"),
        ({"laws": [*MODEL.document["laws"], MODEL.document["laws"][0]]}, "twee keer"),
        ({"laws": [{**MODEL.document["laws"][0], "recipients": ["public"]}]}, "openbaar"),
    ],
)
def test_a_profile_that_is_not_in_order_is_refused(changes, named):
    with pytest.raises(ProfileError, match=named.replace(".", r"\.")):
        profiles.parse(_document(**changes))


def test_text_that_is_no_toml_is_refused():
    with pytest.raises(ProfileError):
        profiles.read("id = ")


def test_overlapping_validity_is_refused():
    first = _version(1, "2014-08-01", "2018-05-25")
    with pytest.raises(ProfileError, match="dezelfde dag"):
        profiles.Profiles([first, _version(2, "2018-05-25")])
    with pytest.raises(ProfileError, match="dezelfde dag"):
        profiles.Profiles([_version(2, "2018-05-25"), _version(1, "2014-08-01")])
    assert len(list(profiles.Profiles([first, _version(2, "2018-05-26")]))) == 2


def test_a_version_that_occurs_twice_is_refused():
    with pytest.raises(ProfileError, match="twee keer"):
        profiles.Profiles([_version(1, "2014-08-01", "2018-05-24"), _version(1, "2018-05-25")])


def test_no_profile_at_all_is_refused():
    with pytest.raises(ProfileError):
        profiles.Profiles([])


def test_the_version_in_force_is_chosen_and_outside_every_validity_the_latest():
    both = profiles.Profiles([_version(1, "2014-08-01", "2018-05-24"), _version(2, "2018-05-25", "2030-01-01")])
    chosen = {
        day: both.get("po-raad-2014", on=date.fromisoformat(day)).version
        for day in ("2014-08-01", "2018-05-24", "2018-05-25", "2030-01-01", "2010-01-01", "2031-01-01")
    }
    assert list(chosen.values()) == [1, 1, 2, 2, 2, 2]
    assert both.get("po-raad-2014", version=1).version == 1


def test_a_profile_that_is_not_there_is_named():
    with pytest.raises(FactsError, match="profile"):
        SHIPPED.get("nergens-2020")
    with pytest.raises(FactsError, match="version"):
        SHIPPED.get("po-raad-2014", version=9)


def test_differences_name_the_path_and_both_values():
    found = {path: (old, new) for path, old, new in profiles.differences(MODEL, SHIPPED.get("leiden-2014"))}
    assert found["keep.after_leaving.years"] == (None, "2")
    assert found["articles.PR12.1"][1] == "artikel 7 lid 2 van het privacyreglement"
    assert not [path for path in found if path.startswith("laws")]
    assert profiles.differences(MODEL, MODEL) == []


def test_a_law_that_differs_is_named_by_its_id():
    laws = copy.deepcopy(MODEL.document["laws"])
    laws[0]["obliges"] = False
    changed = profiles.parse(_document(laws=laws))
    assert profiles.differences(MODEL, changed) == [("laws[LPW 21a].obliges", "True", "False")]


def test_a_shipped_file_that_is_not_in_order_stops_the_start(tmp_path, monkeypatch):
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "stuk.toml").write_text("id = 1", encoding="utf-8")
    (folder / "leesmij.txt").write_text("geen profiel", encoding="utf-8")
    monkeypatch.setattr(profiles, "files", lambda _package: tmp_path)
    with pytest.raises(ProfileError, match=r"stuk\.toml"):
        profiles.shipped()
