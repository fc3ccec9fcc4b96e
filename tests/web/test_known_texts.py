"""What a person typed stays text wherever a template hands it to `_()`."""

import pytest
from flask import render_template_string


@pytest.mark.parametrize("template", ["{{ _(typed) }}", "{{ ngettext(typed, typed, 2) }}"])
@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "100% <b>zeker</b> %(naam)s", '"><img src=x>'])
def test_words_outside_the_catalogue_are_escaped_and_no_format(app, template, typed):
    from markupsafe import escape

    with app.test_request_context():
        assert render_template_string(template, typed=typed) == str(escape(typed))


def test_texts_of_the_catalogue_are_translated_and_filled_in(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        shown = render_template_string('{{ _("Wat is er over %(name)s bekend?", name="<i>") }}')
    assert "&lt;i&gt;" in shown
    assert "bekend" not in shown or "known" not in shown
