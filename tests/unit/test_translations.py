"""English for everything that people see: no text without its translation, and no translation that loses a value."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from gateway import catalogue
from gateway.sentences import counted, sentence
from gateway.text import told

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@pytest.fixture(scope="module")
def gathered():
    return catalogue.gathered()


@pytest.fixture(scope="module", params=catalogue.LANGUAGES)
def kept(request):
    return catalogue.load(request.param)


@pytest.fixture
def app():
    app = Flask("gateway")
    app.config.update(BABEL_DEFAULT_LOCALE="nl", BABEL_TRANSLATION_DIRECTORIES=str(catalogue.CATALOGUES))
    Babel(app)
    return app


def _forms(text):
    return text if isinstance(text, tuple | list) else (text,)


def test_every_text_in_templates_code_and_tables_stands_in_the_catalogue(gathered, kept):
    missing = [message.id for message in gathered if message.id and message.id not in kept]
    assert not missing, f"run script/texts and translate: {missing}"


def test_no_text_is_untranslated_or_guessed(kept):
    assert not catalogue.untranslated(kept)


def test_the_catalogue_keeps_no_text_that_is_gone(gathered, kept):
    gone = [message.id for message in kept if message.id and message.id not in gathered]
    assert not gone, f"run script/texts: {gone}"


def test_a_translation_has_the_values_of_its_dutch_text(kept):
    for message in kept:
        for dutch, other in zip(_forms(message.id), _forms(message.string), strict=True):
            if not other:
                continue  # another test says so
            assert sorted(PLACEHOLDER.findall(dutch)) == sorted(PLACEHOLDER.findall(other)), dutch


def test_no_text_has_a_bare_percent_sign_which_the_templates_would_take_for_a_value(gathered, kept):
    for message in (*gathered, *kept):
        for text in (*_forms(message.id), *_forms(message.string or "")):
            assert "%" not in PLACEHOLDER.sub("", text), text


def test_gathering_finds_the_sentences_of_templates_macros_forms_errors_and_tables(gathered):
    for text in (
        "Wat is er over %(name)s bekend?",  # template
        "Nog niet verstuurd: er klopt iets niet",  # macro, in a folder with an underscore
        "Vul uw wachtwoord in.",  # form
        "Dit dossier is al ingediend.",  # error
        "gezondheid en welzijn",  # table
        "Dit bestand is leeg.",
        "Werkvoorraad",
        "Volgens %(article)s %(reason)s",
    ):
        assert text in gathered, text


def test_a_sentence_is_a_plain_dutch_text_and_can_be_told_in_english(app):
    kept_by_log = sentence("Deze naam is langer dan %(count)d tekens.", count=300)
    assert kept_by_log == "Deze naam is langer dan 300 tekens."
    with app.test_request_context(), force_locale("en"):
        assert told(kept_by_log) == "This name is longer than 300 characters."


def test_a_counted_sentence_follows_the_plural_of_the_language(app):
    one, many = (
        counted("Beschrijf eerst nog %(num)d stuk.", "Beschrijf eerst nog %(num)d stukken.", n) for n in (1, 3)
    )
    assert (one, many) == ("Beschrijf eerst nog 1 stuk.", "Beschrijf eerst nog 3 stukken.")
    with app.test_request_context(), force_locale("en"):
        assert told(one) == "Describe 1 more document first."
        assert told(many) == "Describe 3 more documents first."


def test_a_sentence_within_a_sentence_is_told_too(app):
    refusal = sentence("%(name)s (%(role)s)", name="Jip 50% school", role=sentence("beheerder"))
    assert refusal == "Jip 50% school (beheerder)"
    with app.test_request_context(), force_locale("en"):
        assert told(refusal) == "Jip 50% school (administrator)"


def test_what_people_typed_is_never_translated(app):
    with app.test_request_context(), force_locale("en"):
        assert told("school") == "school"
        assert told("100% %(name)s") == "100% %(name)s"
