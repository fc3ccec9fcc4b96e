"""The commands `dossierpoort keys …`, run as a newcomer runs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from audit.tables import event
from crypto.errors import KeyringError
from crypto.keyring import FileKeyring
from gateway.cli import main
from gateway.dossiers import usecases
from gateway.vault.tables import KeyRenewal
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from gateway.services import Services

SCHOOL = "school@demo.example"


@pytest.fixture
def run(services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `dossierpoort keys` in this installation."""
    chosen = services.settings
    for name in ("root_secret", "cookie_secret", "data_dir", "keyring", "scratch", "database_url"):
        monkeypatch.setenv(f"DOSSIERPOORT_{name.upper()}", str(getattr(chosen, name)))
    return lambda *arguments, **more: CliRunner().invoke(main, ["keys", *map(str, arguments)], **more)


def erase_something(services: Services) -> None:
    usecases.erase_draft(services, builders.context(services, SCHOOL), builders.draft(services))


def key_events(services: Services) -> int:
    with services.db.reading() as session:
        return len(session.execute(select(event.c.seq).where(event.c.action == "key")).all())


def test_from_erasure_to_definitief_with_a_registered_copy(
    services: Services, run: Callable[..., Result], tmp_path: Path
) -> None:
    safe = tmp_path / "safe"
    safe.mkdir(mode=0o700)
    assert "no copies are registered" in run("copies", "list").output
    assert run("copies", "add", "kluis", safe / "copy").exit_code == 0
    assert run("copies", "add", "kluis", safe / "copy").exit_code == 1
    erase_something(services)
    assert re.search(r"waiting 1 +voorlopig 0 +definitief 0", run("renew", "--status").output)
    assert "is due before tonight" in run("renew").output or "renewed" in run("renew").output
    done = run("renew", "--now")
    assert done.exit_code == 0, done.output
    assert re.search(r"waiting 0 +voorlopig 1 +definitief 0", done.output)
    assert "REFRESH: holds destroyed keys" in run("copies", "list").output
    assert "1 erasures became final" in run("copies", "refresh", "kluis", safe / "copy").output
    assert re.search(r"waiting 0 +voorlopig 0 +definitief 1", run("renew", "--status").output)
    assert "holds no destroyed key" in run("copies", "list").output
    assert key_events(services) >= 7  # added and refreshed: begun and ended; renewal begun, destroyed, final


def test_a_removed_copy_no_longer_holds_an_erasure_back(
    services: Services, run: Callable[..., Result], tmp_path: Path
) -> None:
    safe = tmp_path / "safe"
    safe.mkdir(mode=0o700)
    run("copies", "add", "usb", safe / "copy")
    erase_something(services)
    run("renew", "--now")
    assert run("copies", "remove", "usb", input="n\n").exit_code == 1
    assert "1 erasures became final" in run("copies", "remove", "usb", input="y\n").output
    with services.db.reading() as session:
        assert {row.state for row in session.scalars(select(KeyRenewal))} == {"definitief"}


def test_a_period_key_is_rotated_and_the_old_one_is_gone(services: Services, run: Callable[..., Result]) -> None:
    tenant = builders.account(services, SCHOOL).tenant_id
    before = {info.id for info in services.vault.keyring.period_keys() if info.period == "2026Q4"}
    done = run("rotate", "--period", tenant, "2026Q4")
    assert done.exit_code == 0, done.output
    after = {info.id for info in services.vault.keyring.period_keys() if info.period == "2026Q4"}
    assert after
    assert not before & after
    assert all(key_id in run("list").output for key_id in after)
    assert run("rotate", "--period", tenant, "1999Q1").exit_code == 1


def test_the_root_secret_is_rotated_and_a_second_time_changes_nothing(
    services: Services, run: Callable[..., Result], tmp_path: Path
) -> None:
    new = tmp_path / "new-secret"
    done = run("rotate", "--root", new)
    assert done.exit_code == 0, done.output
    assert new.stat().st_mode & 0o777 == 0o600
    assert "already" in run("rotate", "--root", new).output
    FileKeyring(services.settings.keyring, new.read_bytes().strip())
    with pytest.raises(KeyringError):
        FileKeyring(services.settings.keyring, services.settings.root_secret.encode())


def test_rotate_asks_what_to_rotate(run: Callable[..., Result]) -> None:
    assert run("rotate").exit_code == 2


@pytest.mark.parametrize("command", [[], ["renew"], ["rotate"], ["copies"], ["copies", "add"], ["copies", "refresh"]])
def test_every_command_explains_itself(command: list[str]) -> None:
    told = CliRunner().invoke(main, ["keys", *command, "--help"])
    assert told.exit_code == 0
    assert len(told.output) > 200
