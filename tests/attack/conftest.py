"""One installation with its people and things for all attacks of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.app import create_app
from tests.builders import Clock, demo_installation
from tests.web import matrix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from gateway.services import Services


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
def world(services: Services) -> matrix.World:
    return matrix.build_world(services)


@pytest.fixture(scope="module")
def browsers(app: Flask, world: matrix.World) -> dict[str, matrix.Browser]:
    return {name: matrix.browser(app, name, number) for number, name in enumerate(matrix.PERSONAS, start=1)}
