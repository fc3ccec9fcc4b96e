"""The templates as text: what people typed stays text, and error pages need nothing but themselves."""

from types import SimpleNamespace

import pytest
from flask import Flask, render_template, render_template_string
from flask_babel import Babel

from gateway import __file__ as gateway_file

ERRORS = (400, 403, 404, 409, 413, 429, 500, 503)
NASTY = 'O\'Brien "<script>alert(1)</script>" & zn.'


@pytest.fixture
def app():
    root = gateway_file.removesuffix("gateway/__init__.py")
    app = Flask("face", template_folder=f"{root}templates", static_folder=f"{root}gateway/static")
    app.config.update(SECRET_KEY="test", BABEL_DEFAULT_LOCALE="nl", BABEL_DEFAULT_TIMEZONE="Europe/Amsterdam")
    Babel(app)
    return app


def _render(app, source, **context):
    with app.test_request_context("/lijst?q=x"):
        return render_template_string(source, **context)


@pytest.mark.parametrize("code", ERRORS)
def test_error_page_renders_without_viewer_menu_or_database(app, code):
    with app.test_request_context("/iets"):
        page = render_template(f"errors/{code}.html")
    assert f"Fout {code}" in page
    assert "Wat kunt u nu doen?" in page
    assert "Afmelden" not in page


def test_not_found_says_the_same_whatever_reason_is_handed_in(app):
    with app.test_request_context("/dossier/1"):
        assert render_template("errors/404.html") == render_template(
            "errors/404.html", reason="Dit dossier is van een ander."
        )


@pytest.mark.parametrize(
    "source",
    [
        '{% from "_macros/badge.html" import status %}{{ status(name, "info") }}',
        '{% from "_macros/card.html" import header_card %}{{ header_card(name, [(name, name)]) }}',
        '{% from "_macros/timeline.html" import timeline %}{{ timeline([{"at": name, "what": name, "who": name, "function": name, "why": name, "article": name, "receipt_url": "#"}]) }}',
        '{% from "_macros/confirm.html" import confirm %}{{ confirm("/weg", name, name, name=name, error=name) }}',
        '{% from "_macros/path.html" import path %}{{ path([{"kind": "school", "name": name, "detail": name, "state": "done"}]) }}',
        '{% from "_macros/term.html" import term, why %}{{ term(3, name, why=name, what=name) }}{{ why(name, name) }}',
        '{% from "_macros/alert.html" import refusal %}{{ refusal(name, name, article=name, possible=name) }}',
        '{% from "_macros/empty.html" import empty %}{{ empty(name, name, name, "/") }}',
        '{% from "_macros/tabs.html" import tabs %}{{ tabs([{"label": name, "url": "/"}]) }}',
        '{% from "_macros/chart.html" import bars %}{{ bars(name, [{"label": name, "value": 3}]) }}',
        '{% from "_macros/progress.html" import progress %}{{ progress(name, 1, 2, name) }}',
        '{% from "_macros/table.html" import table %}{{ table(name, [{"key": "a", "label": name}], [{"a": name}], count=1) }}',
        '{% from "_macros/forms.html" import button_form %}{{ button_form(name, "/", fields={"x": name}) }}',
        '{% extends "base.html" %}{% block title %}{{ name }}{% endblock %}{% block main %}{% endblock %}',
    ],
)
def test_macro_never_lets_typed_text_become_markup(app, source):
    page = _render(
        app,
        source,
        name=NASTY,
        viewer=SimpleNamespace(name=NASTY, role_label=NASTY, organisation_name=NASTY),
        menu=[{"label": NASTY, "url": "/"}],
    )
    assert "<script>alert" not in page
    assert "O'Brien \"" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (6, "nog 6 dagen"),
        (1, "nog 1 dag"),
        (0, "vandaag is de laatste dag"),
        (-1, "1 dag te laat"),
        (-12, "12 dagen te laat"),
    ],
)
def test_term_speaks_in_days(app, days, sentence):
    text = _render(app, '{% from "_macros/term.html" import term %}{{ term(days) }}', days=days)
    assert f"<strong>{sentence}</strong>" in text


def test_unknown_tone_of_a_badge_falls_back_to_neutral(app):
    assert "dp-badge--neutral" in _render(
        app, '{% from "_macros/badge.html" import status %}{{ status("Concept", "onzin") }}'
    )


def test_empty_list_says_what_it_is_for(app):
    source = '{% from "_macros/table.html" import table %}{{ table("Lijst", [], [], nothing={"title": "Nog niets", "text": "Hier komt het."}) }}'
    page = _render(app, source)
    assert "Nog niets" in page
    assert "<table" not in page


def test_an_error_sentence_that_waits_for_its_language_is_shown_whole(app):
    from flask_babel import lazy_gettext
    from wtforms import Form, StringField
    from wtforms.validators import DataRequired

    class Asking(Form):
        name = StringField("Naam", validators=[DataRequired(lazy_gettext("Vul de naam in."))])

    asked = Asking()
    assert not asked.validate()
    page = _render(
        app,
        '{% import "_macros/forms.html" as forms %}{% call forms.form(form) %}{{ forms.field(form.name) }}{% endcall %}',
        form=asked,
    )
    assert page.count("Vul de naam in.") == 2  # in the summary and at the field
