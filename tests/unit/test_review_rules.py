"""What a reviewer may decide, and which categories are left. Source: CV4.6; issue 7 (Review by a person)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.anonymisation import review_rules as rules
from gateway.anonymisation.choices import ADDED_MAX, BOXES_MAX, Added, Area, Choices, added_in, key_of, stays
from gateway.anonymisation.finds import KINDS, Find
from gateway.anonymisation.looks import arranged
from gateway.anonymisation.sealed import Decisions, Group
from gateway.errors import InvalidInputError, NotFoundError


def group(text, kind="PERSON_OTHER", source="model", certainty=0.6, *, locked=False):
    return Group(
        key=key_of(text), text=text, kind=kind, source=source, certainty=certainty, replacement="[persoon 1]",
        count=1, places=("pagina 1",), locked=locked,
    )  # fmt: skip


STORM, JIP = group("Storm"), group("Jip", "PERSON_PUPIL", "known", 1.0, locked=True)
GROUPS = [STORM, JIP, group("Rummikub", certainty=0.95)]


def test_a_known_identifier_of_the_pupil_cannot_be_let_stay_and_it_is_said_why():
    with pytest.raises(InvalidInputError, match="gegeven van de leerling"):
        rules.reject(Decisions(), GROUPS, "jip")
    with pytest.raises(NotFoundError):
        rules.reject(Decisions(), GROUPS, "iets dat er niet is")


def test_each_decision_can_be_undone_and_what_was_made_tells_whether_it_must_be_made_again():
    made = Decisions(made=Choices().to_json())
    rejected = rules.reject(made, GROUPS, "storm")
    assert not rejected.is_made
    assert rules.undone(rejected).is_made
    assert rules.undone(rejected).rejected == ()
    assert rules.accept(made, GROUPS, "storm").is_made  # it went already
    both = rules.accept_doubtful(rejected, GROUPS)
    assert both.rejected == ("storm",)
    assert rules.accept(rejected, GROUPS, "storm").rejected == ()
    with pytest.raises(InvalidInputError):
        rules.undone(made)


def test_an_added_text_goes_everywhere_and_is_no_longer_let_stay():
    kept = rules.reject(Decisions(), GROUPS, "storm")
    added = rules.add(kept, "  Storm ", "PERSON_OTHER")
    assert (added.rejected, added.added) == ((), (Added(text="Storm", kind="PERSON_OTHER"),))
    assert rules.drop_added(added, 0).added == ()
    text = "STORM, storm en Stormvogel; S t o r m\nKapper\u00a0Storm"
    found = [text[find.start : find.end] for find in added_in(added.choices, text)]
    assert found == ["STORM", "storm", "Storm"]
    for wrong, kind in (("a", ""), ("..", ""), ("x" * 301, ""), ("Storm", "GEHEIM")):
        with pytest.raises(InvalidInputError):
            rules.add(Decisions(), wrong, kind)


sides = st.floats(min_value=-0.5, max_value=1.5) | st.just(float("nan"))


@given(sides, sides, sides, sides, st.integers(min_value=-2, max_value=12))
def test_a_box_lies_on_a_page_or_is_refused(left, top, right, bottom, page):
    area = Area(page=page, left=left, top=top, right=right, bottom=bottom)
    try:
        drawn = rules.draw(Decisions(), area, 10)
    except InvalidInputError:
        return
    (kept,) = drawn.areas
    assert 1 <= kept.page <= 10
    assert 0 <= kept.left < kept.right <= 1
    assert 0 <= kept.top < kept.bottom <= 1
    assert rules.drop_area(drawn, 0).areas == ()


def find(kind, source):
    return Find(start=0, end=5, kind=kind, source=source, certainty=1.0, replacement="[x]")


@given(st.sampled_from(sorted(KINDS)), st.sampled_from(["known", "pattern", "model", "spread"]))
def test_what_is_kept_by_choice_is_never_a_known_identifier_of_pupil_or_guardian(kind, source):
    keep = Choices(keep=frozenset({"storm"}))
    locked = source == "known" and kind in {
        "PERSON_PUPIL", "PERSON_PARENT", "DATE_BIRTH", "BSN", "ID", "TLV_NUMBER", "ADDRESS", "POSTCODE", "PHONE", "EMAIL",
    }  # fmt: skip
    assert stays(keep, find(kind, source), "Storm") is not locked
    assert not stays(Choices(), find(kind, source), "Storm")


@pytest.mark.parametrize(
    ("rejected", "report", "left"),
    [
        ((), {}, ["c", "e", "g"]),
        ((group("Storm"),), {}, ["c", "e", "g"]),  # a person said it is no identifier
        ((group("06-1", "PHONE", "pattern"),), {}, ["a", "c", "d", "e", "g"]),
        ((group("1234", "ID", "pattern"),), {}, ["b", "c", "e", "g"]),
        ((group("Nergenshuizen", "PLACE"),), {}, ["c", "c.birthplace", "e", "g"]),
        ((), {"kept": {"PERSON_PARENT": 1}}, ["c", "d", "e", "g"]),
    ],
)
def test_categories_lose_a_b_d_and_sub_fields_but_never_one_whose_identifier_stays(rejected, report, left):
    original = ["a", "a.bank", "b", "c", "c.birthplace", "d", "e", "g"]
    decided = Decisions(rejected=tuple(each.key for each in rejected))
    assert rules.categories_left(original, [*GROUPS, *rejected], decided, report) == left


def test_pictures_handwriting_and_another_pupil_must_be_confirmed():
    assert rules.must_confirm({"warnings": [{"code": "context"}]}) == []
    assert rules.must_confirm({"warnings": [{"code": "pictures_on_pages"}]}) == ["eyes"]
    assert rules.must_confirm({"warnings": [], "other_pupil": ["bsn"]}) == ["other_pupil"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, st.text(max_size=40), st.lists(st.tuples(st.integers(-3, 50), st.integers(-3, 50)), max_size=6))
def test_what_a_hostile_file_made_the_process_say_breaks_nothing(anything, text, places):
    assert arranged(anything).groups == []
    finds = [[start, end, "PLACE", "model", 0.9, "[plaats 1]", False] for start, end in places]
    look = arranged({"stories": [{"name": "pagina 1", "text": text, "finds": [*finds, anything]}, anything]})
    for sheet in look.sheets:
        ends = [0, *(mark[1] for mark in sheet.marks)]
        assert all(
            0 <= before <= start < end <= len(text) for before, (start, end, _) in zip(ends, sheet.marks, strict=False)
        )


def test_a_page_read_twice_shows_the_fuller_reading_and_names_what_only_the_other_held():
    full = {
        "name": "pagina 1",
        "text": "Jip en Storm spelen.",
        "finds": [[0, 3, "PERSON_PUPIL", "known", 1.0, "[leerling]", False]],
    }
    thin = {"name": "pagina 1", "text": "Storm", "finds": [[0, 5, "PERSON_OTHER", "model", 0.7, "[persoon 1]", False]]}
    look = arranged({"stories": [thin, full], "other_pupil": ["bsn", "iets"]}, frozenset({"storm"}))
    (sheet,) = look.sheets
    assert (sheet.text, sheet.also) == (full["text"], ("storm",))
    assert look.other_pupil == ("bsn",)
    by_key = {each.key: each for each in look.groups}
    assert by_key["jip"].locked
    assert (by_key["storm"].source, by_key["storm"].locked) == ("reviewer", False)


def test_a_box_is_taken_back_and_what_is_not_there_is_not_found():
    area = Area(page=1, left=0.1, top=0.1, right=0.5, bottom=0.2)
    drawn = rules.draw(Decisions(), area, 1)
    assert drawn.areas == (area,)
    assert rules.drop_area(drawn, 0).areas == ()
    for take_back in (rules.drop_area, rules.drop_added):
        with pytest.raises(NotFoundError):
            take_back(Decisions(), 0)


def test_there_is_an_end_to_what_a_person_adds_or_draws():
    area = Area(page=1, left=0.1, top=0.1, right=0.5, bottom=0.2)
    texts = tuple(Added(text=f"naam {number}", kind="") for number in range(ADDED_MAX))
    with pytest.raises(InvalidInputError, match="al heel veel toegevoegd"):
        rules.add(Decisions(added=texts), "Storm", "")
    with pytest.raises(InvalidInputError, match="al heel veel vakken"):
        rules.draw(Decisions(areas=(area,) * BOXES_MAX), area, 1)
