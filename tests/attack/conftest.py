"""One installation with its people and things for all attacks of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.app import create_app
from tests.attack import forms as forms_of
from tests.builders import Clock, demo_installation
from tests.web import matrix, matrix_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from gateway.services import Services


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


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Services]:
    with demo_installation(tmp_path_factory.mktemp("attack"), clock=clock) as built:
        yield built


@pytest.fixture(scope="module")
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture(scope="module")
def world(services: Services) -> matrix_world.World:
    return matrix_world.build_world(services)


@pytest.fixture(scope="module")
def browsers(app: Flask, world: matrix_world.World) -> dict[str, matrix.Browser]:
    return {name: matrix.browser(app, name, number) for number, name in enumerate(matrix.PERSONAS, start=1)}


@pytest.fixture(scope="module")
def found(
    app: Flask, world: matrix_world.World, browsers: dict[str, matrix.Browser]
) -> dict[tuple[str, str, tuple[str, ...]], tuple[str, forms_of.Form]]:
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


def readable(app: Flask, world: matrix_world.World, who: str) -> Iterator[str]:
    """The addresses of all pages that the table gives this person."""
    for rule, methods in matrix.TABLE.items():
        things = [thing for thing, people in methods.get("GET", {}).items() if who in people]
        if things and "filename" not in rule:  # one thing of each kind shows every form of its page
            yield matrix.address(app, rule, world.parameters(rule, things[0]))
