"""The language of letters: named fields in plain paragraphs, and what the law adds to every letter that decides."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConflictError, InvalidInputError
from gateway.letter_words import TITLES
from gateway.letters.clauses import AUTHORITY
from gateway.letters.house import House
from gateway.letters.kinds import COMPLAINT, KINDS, LANGUAGES, Both
from gateway.letters.language import Field, Text, checked, filled
from gateway.letters.making import texts_of, worded
from gateway.letters.shipped import SHIPPED
from gateway.letters.templates import right, shipped
from gateway.matters.rules import BESLUIT_KINDS
from gateway.objection_words import ADVICE
from gateway.rights_words import COMPLAINT_OUTCOMES

FIELDS = (
    Field(name="leerling", key="pupil", meaning="", example="Sam"),
    Field(name="redenen", key="reasons", meaning="", example="Omdat.", must=True),
    Field(name="vervolg", key="what_next", meaning="", example="Straks.", optional=True),
)
HOUSE = House(name="SWV Voorbeeld", objections="SWV Voorbeeld, Plein 1, Stad", court="Rechtbank Voorbeeld, Stad")
RIGHT = Text(subject="Over {leerling}", body="Waarom: {redenen}\n\n{vervolg}")


def values(code: str) -> dict[str, str]:
    return {field.key: field.example for field in KINDS[code].fields}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("Waarom: {redenen} {onbekend}", "bestaat niet"),
        ("Waarom: {redenen} {", "accolade"),
        ("Waarom: {redenen} {{leerling}}", "accolade"),
        ("Waarom: {redenen} {% include 'x' %}", "accolade"),
        ("Waarom: {redenen} {leerling.__class__}", "accolade"),
        ("<b>Waarom</b>: {redenen}", "gewone tekst"),
        ("Beste {leerling}", "niet ontbreken"),
        ("Waarom: {redenen} {vervolg}", "dezelfde alinea"),
        ("", "Schrijf de tekst"),
        ("Waarom: {redenen}\x07", "niet af te drukken"),
    ],
)
def test_a_text_that_is_no_letter_is_refused_at_its_field_with_a_sentence(body, says):
    with pytest.raises(InvalidInputError, match=re.escape(says)) as caught:
        checked(Text(subject="Over {leerling}", body=body), FIELDS, place="body_nl")
    assert caught.value.field == "body_nl"


def test_a_subject_is_one_line_without_what_may_be_missing():
    for subject in ("", "{vervolg}", "Een\nTwee", "{onbekend}"):
        with pytest.raises(InvalidInputError) as caught:
            checked(Text(subject=subject, body=RIGHT.body), FIELDS, place="body_nl")
        assert caught.value.field == "subject_nl"


@given(reasons=st.text(min_size=1), pupil=st.text(min_size=1))
def test_a_value_stays_what_it_is_whatever_stands_in_it(reasons, pupil):
    subject, parts = filled(RIGHT, {"leerling": pupil, "redenen": reasons, "vervolg": ""})
    assert (subject, parts) == (f"Over {pupil}", [f"Waarom: {reasons}"])


@given(st.text(alphabet="ab {}<>\n%leringdov_", max_size=80))
def test_what_is_taken_can_always_be_filled_and_holds_what_must_be_said(body):
    try:
        text = checked(Text(subject="Over {leerling}", body=body), FIELDS)
    except InvalidInputError:
        return
    for following in ("", "Straks."):
        _, parts = filled(text, {"leerling": "Sam", "redenen": "OMDAT", "vervolg": following})
        assert "OMDAT" in "\n".join(parts)
        assert not re.search(r"[{}<>]", "\n".join(parts))
    assert checked(text, FIELDS) == text


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_has_a_right_text_in_both_languages_that_comes_along(code):
    assert right(code, SHIPPED[code]) == SHIPPED[code]
    assert set(SHIPPED[code]) == set(LANGUAGES)
    assert KINDS[code].title.lower() == TITLES[code]


def test_no_text_comes_along_for_what_is_no_kind():
    assert set(SHIPPED) == set(KINDS) == set(TITLES)


@pytest.mark.parametrize("code", [code for code, kind in KINDS.items() if kind.remedy])
def test_a_letter_that_decides_names_where_one_can_go_whatever_its_template_says(code):
    made = texts_of(shipped(code), HOUSE, values(code), "en")
    for language, term in (("nl", "zes weken"), ("en", "six weeks")):
        below = " ".join(made[language]["clause"]["paragraphs"])
        assert HOUSE.court in below
        if KINDS[code].remedy == COMPLAINT:
            assert AUTHORITY in below
        else:
            assert term in below
    assert (HOUSE.objections in str(made)) == (code in {"decision", "refusal"})


def test_a_letter_that_decides_is_not_made_before_it_is_known_where_one_can_object():
    with pytest.raises(ConflictError, match="Awb 3:45"):
        texts_of(shipped("refusal"), House(name="SWV"), values("refusal"), "nl")
    assert texts_of(shipped("receipt"), House(name="SWV"), values("receipt"), "nl")["nl"]["clause"] is None


def test_a_refusal_without_reasons_or_article_is_not_made():
    for key in ("reasons", "article"):
        with pytest.raises(InvalidInputError, match="ontbreekt nog"):
            texts_of(shipped("refusal"), HOUSE, {**values("refusal"), key: "  "}, "nl")
    with pytest.raises(LookupError, match="nonsense"):
        texts_of(shipped("refusal"), HOUSE, {**values("refusal"), "nonsense": "x"}, "nl")


def test_codes_and_days_are_said_in_the_language_of_the_letter():
    from datetime import date

    told = {**values("decision"), "request": "inzage", "outcome": "partly", "received_on": date(2026, 5, 4)}
    made = texts_of(shipped("decision"), HOUSE, told, "en")
    assert "4 mei 2026" in made["nl"]["paragraphs"][0]
    assert "4 May 2026" in made["en"]["paragraphs"][0]
    assert "granted in part" in made["en"]["paragraphs"][1]
    assert "{" not in str(made["nl"]["paragraphs"])


def test_outcomes_besluiten_and_advice_of_letters_are_those_of_the_screens_and_english_beside_it():
    said = {
        **{f"complaint_{code}": words for code, words in COMPLAINT_OUTCOMES.items()},
        **{f"besluit_{code}": words for code, words in BESLUIT_KINDS.items()},
        **{f"advise_{code}": words for code, words in ADVICE.items()},
    }
    for code, words in said.items():
        assert worded(code, "nl") == words
        assert worded(code, "en") not in {code, words}
    assert worded(Both(nl="U krijgt het apart.", en="It comes separately."), "en") == "It comes separately."
