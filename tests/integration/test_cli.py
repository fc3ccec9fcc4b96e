"""The command line as an administrator meets it, most in this process, some in one of their own. Source: issue 2, "Parts"."""

from __future__ import annotations

import json
import logging
import os
import runpy
import subprocess
import sys
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

import click
import pytest
import structlog
from click.testing import CliRunner

from crypto.keyring_file import generate_root_secret
from gateway.cli import main
from gateway.config import PREFIX
from tests import builders
from tests.portal import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.config import Settings


def run(settings: Settings | dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in this process, with these variables and no other of ours; what breaks it ends up in stderr."""
    values: dict[str, str | None] = dict.fromkeys(name for name in os.environ if name.startswith(PREFIX))
    values |= settings if isinstance(settings, dict) else environment(settings)
    found = CliRunner().invoke(main, words, env=values)
    broken = found.exception is not None and not isinstance(found.exception, SystemExit)
    trace = "".join(traceback.format_exception(found.exception)) if broken else ""
    return subprocess.CompletedProcess(words, found.exit_code, found.stdout, found.stderr + trace)


def run_apart(
    settings: Settings | dict[str, str], *words: str, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a command as its user does, in a process of its own."""
    values = settings if isinstance(settings, dict) else environment(settings)
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words],
        cwd=ROOT,
        env=values,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command configures logging for its own process, which here is that of the tests."""
    structured, handlers, level = structlog.get_config(), list(logging.root.handlers), logging.root.level
    yield
    structlog.configure(**structured)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(builders.settings(tmp_path), demo=False)


def told(found: subprocess.CompletedProcess[str]) -> str:
    """What was said; never a traceback."""
    said = found.stdout + found.stderr
    assert "Traceback" not in said, said
    return said


def commands(group: click.Group, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [words]
    for name, command in group.commands.items():
        found += commands(command, (*words, name)) if isinstance(command, click.Group) else [(*words, name)]
    return found


@pytest.mark.parametrize("words", commands(main), ids=" ".join)
def test_every_command_explains_itself(words):
    found = CliRunner().invoke(main, [*words, "--help"])
    assert found.exit_code == 0
    assert len(found.output.split("Options:")[0].split()) > 5


def test_the_package_runs_as_the_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gateway", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("gateway", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("dossierpoort")


def test_the_command_answers_from_a_process_of_its_own():
    assert run_apart(clean(), "--help").returncode == 0
    assert run_apart(clean(), "--version").stdout.startswith("dossierpoort")


@pytest.mark.parametrize(
    "words", [("migrate",), ("serve",), ("worker",), ("keys", "init"), ("user", "list"), ("demo",)], ids=" ".join
)
def test_a_missing_secret_stops_the_start_with_a_sentence_that_says_how_to_make_one(words):
    found = run(clean(), *words)
    assert found.returncode == 1
    assert "DOSSIERPOORT_ROOT_SECRET is missing" in told(found)
    assert "dossierpoort keys secret" in found.stderr


def test_a_secret_may_stand_in_a_file_and_a_file_that_is_not_there_is_told(settings, tmp_path):
    values = environment(settings)
    secret = tmp_path / "secret"
    secret.write_text(values.pop("DOSSIERPOORT_ROOT_SECRET") + "\n")
    values["DOSSIERPOORT_ROOT_SECRET_FILE"] = str(secret)
    assert run(values, "keys", "init").returncode == 0
    values["DOSSIERPOORT_ROOT_SECRET_FILE"] = str(tmp_path / "nothing")
    found = run(values, "keys", "list")
    assert found.returncode == 1
    assert "ROOT_SECRET_FILE" in told(found)


def test_an_unknown_setting_is_refused_by_name(settings):
    found = run({**environment(settings), "DOSSIERPOORT_CLAMDD": "x"}, "migrate")
    assert found.returncode == 1
    assert "DOSSIERPOORT_CLAMDD is not a setting" in told(found)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SMTP_PORT", "veel", "must be a whole number"),
        ("DEMO", "misschien", "must be 1 or 0"),
        ("STORAGE", "tape", "must be `local` or `s3`"),
        ("COOKIE_SECRET", "kort", "is too short"),
        ("ROOT_SECRET", "kort", "is too short"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL"),
        ("DATABASE_URL", "geen adres", "DATABASE_URL"),
        ("DATABASE_URL", "mysql://u:p@h/d", "DATABASE_URL"),
    ],
)
def test_a_wrong_value_is_told_by_its_name(settings, name, value, sentence):
    run(settings, "keys", "init")
    found = run({**environment(settings), f"DOSSIERPOORT_{name}": value}, "migrate")
    assert found.returncode == 1
    assert sentence in told(found)


def test_keys_init_makes_a_keyring_once_and_never_overwrites_it(settings):
    assert run(settings, "keys", "init").returncode == 0
    before = settings.keyring.read_bytes()
    assert settings.keyring.stat().st_mode & 0o077 == 0
    again = run(settings, "keys", "init")
    assert again.returncode == 1
    assert told(again)
    assert settings.keyring.read_bytes() == before


def test_without_a_keyring_the_commands_say_how_to_make_one(settings):
    found = run(settings, "migrate")
    assert found.returncode == 1
    assert "dossierpoort keys init" in told(found)


def test_another_root_secret_does_not_open_the_keyring(settings):
    run(settings, "keys", "init")
    found = run(replace(settings, root_secret=generate_root_secret()), "migrate")
    assert found.returncode == 1
    assert told(found)


def test_migrate_can_be_run_again(settings):
    run(settings, "keys", "init")
    first, second = run(settings, "migrate"), run(settings, "migrate")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "empty ->" in first.stdout
    assert "nothing to do" in second.stdout


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_nothing_starts_before_the_database_is_migrated(settings, command):
    run(settings, "keys", "init")
    found = run(settings, command)
    assert found.returncode == 1
    assert "dossierpoort migrate" in told(found)


@pytest.mark.parametrize(
    "command", [("serve",), ("worker", "--once"), ("migrate",), ("user", "list"), ("audit", "verify")], ids=" ".join
)
def test_a_database_that_is_away_is_told_in_a_sentence(settings, command):
    run(settings, "keys", "init")
    away = replace(settings, database_url="postgresql://nobody:secretword@127.0.0.1:1/nothing")
    found = run(away, *command)
    assert found.returncode == (2 if command[0] == "audit" else 1), (
        "a log that cannot be checked is not a log that is wrong"
    )
    assert "database" in told(found)
    assert "secretword" not in told(found)


def test_a_command_on_an_empty_database_says_to_migrate(settings):
    run(settings, "keys", "init")
    found = run(settings, "user", "list")
    assert found.returncode == 1
    assert told(found)


def test_the_worker_once_works_and_stops(settings):
    run(settings, "keys", "init")
    run(settings, "migrate")
    found = run(settings, "worker", "--once")
    assert found.returncode == 0, told(found)
    assert "0 jobs done" in found.stdout


def test_a_demo_is_never_loaded_into_a_real_installation(settings):
    run(settings, "keys", "init")
    run(settings, "migrate")
    found = run(settings, "demo")
    assert found.returncode == 1
    assert "DOSSIERPOORT_DEMO=1" in told(found)


def test_the_first_administrator_gets_a_link_and_the_same_swv_twice_is_refused(settings):
    run(settings, "keys", "init")
    run(settings, "migrate")
    words = (
        "user",
        "first",
        "--swv",
        "SWV Verzonnen",
        "--slug",
        "verzonnen",
        "--name",
        "Bea",
        "--email",
        "bea@demo.example",
    )
    first = run(settings, *words)
    assert first.returncode == 0, told(first)
    assert "/uitnodiging/" in first.stdout
    assert run(settings, "user", "list").stdout.count("administrator") == 1
    again = run(settings, *words)
    assert again.returncode == 1
    assert told(again)


def test_the_doctor_says_what_to_do_before_anything_was_made(settings):
    found = run(settings, "doctor")
    said = told(found)
    assert found.returncode == 1
    assert "FAIL  keyring" in said
    assert "dossierpoort migrate" in said
    found = run(clean(), "doctor")
    assert found.returncode == 1
    assert "DOSSIERPOORT_ROOT_SECRET is missing" in told(found)


def test_the_doctor_finds_nothing_bad_in_a_sound_installation(settings):
    run(settings, "keys", "init")
    run(settings, "migrate")
    run(settings, "worker", "--once")
    found = run(settings, "doctor", "--json")
    findings = {item["what"]: item for item in json.loads(told(found))}
    assert {name for name, item in findings.items() if item["state"] == "bad"} <= {"LibreOffice", "gpg"}
    assert findings["worker"]["state"] == "good"
    assert findings["clamd"]["state"] == "warn"


def test_the_doctor_names_each_part_that_is_away(settings, tmp_path):
    run(settings, "keys", "init")
    broken = replace(
        settings,
        clamd=f"unix:{tmp_path}/nobody.sock",
        database_url="postgresql://nobody:secretword@127.0.0.1:1/nothing",
        storage="s3",
        s3_bucket="b",
        s3_endpoint="http://127.0.0.1:1",
        s3_access_key="k",
        s3_secret_key="s",
        scratch=tmp_path / "on-disk",
    )
    found = run(broken, "doctor", "--json")
    states = {item["what"]: item["state"] for item in json.loads(told(found))}
    for what in ("clamd", "database", "storage", "scratch", "worker"):
        assert states[what] == "bad", what
    assert "secretword" not in found.stdout


def test_the_doctor_on_an_unmigrated_postgresql_says_to_migrate(settings, postgres_server):
    url = postgres_server.fresh_database("doctor")
    try:
        run(settings, "keys", "init")
        found = run(replace(settings, database_url=url), "doctor")
        assert "dossierpoort migrate" in told(found)
    finally:
        postgres_server.drop_database("doctor")


def test_a_directory_that_may_not_be_written_is_told(settings, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    run(settings, "keys", "init")
    found = run(replace(settings, data_dir=blocked / "data"), "migrate")
    assert found.returncode == 1
    assert "DOSSIERPOORT_DATA_DIR" in told(found)


def test_the_log_can_be_checked_from_the_command_line(settings):
    run(settings, "keys", "init")
    run(settings, "migrate")
    found = run(settings, "audit", "verify")
    assert found.returncode == 0, told(found)
