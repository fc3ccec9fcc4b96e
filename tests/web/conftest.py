"""One demo installation for all web tests of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.app import create_app
from tests.builders import Clock, demo_installation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from gateway.services import Services


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Services]:
    with demo_installation(tmp_path_factory.mktemp("web"), clock=clock) as built:
        yield built


@pytest.fixture(scope="module")
def app(services: Services) -> Flask:
    return create_app(services)
