"""A moment on a page is worked out when the page is shown, not once when its template is read."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from gateway.text import register_filters


@pytest.fixture
def app():
    app = Flask("gateway")
    Babel(app, default_locale="nl", default_timezone="Europe/Amsterdam")
    register_filters(app)
    return app


@pytest.mark.parametrize("template", ['{{ "2026-01-05"|dateformat }}', '{{ none|datetimeformat("MMMM EEEE") }}'])
def test_a_fixed_moment_follows_the_readers_language(app, template):
    compiled = app.jinja_env.from_string(template)
    with app.test_request_context():
        with force_locale("nl"):
            dutch = compiled.render()
        with force_locale("ja"):
            assert compiled.render() != dutch
