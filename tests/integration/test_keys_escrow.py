"""`dossierpoort keys escrow …` and `keys export`, as a keyholder and an administrator use them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from crypto import rescue
from gateway.cli import main
from gateway.doctor import examine
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    from gateway.services import Services

    Run = Callable[..., Result]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """One installation on SQLite: sheets and keyring know no database."""
    with builders.demo_installation(tmp_path_factory.mktemp("escrow")) as made:
        yield made


@pytest.fixture
def run(services: Services, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `dossierpoort keys` in this installation."""
    for name in ("root_secret", "cookie_secret", "data_dir", "keyring", "scratch"):
        monkeypatch.setenv(f"DOSSIERPOORT_{name.upper()}", str(getattr(services.settings, name)))
    return lambda *arguments, **more: CliRunner().invoke(main, ["keys", *map(str, arguments)], **more)


@pytest.fixture
def sheets(run: Run, tmp_path: Path) -> list[Path]:
    """Three sheets, freshly written."""
    directory = tmp_path / "sheets"
    directory.mkdir(mode=0o700)
    made = run("escrow", "make", directory)
    assert made.exit_code == 0, made.output
    return sorted(directory.iterdir())


def words(sheet: Path) -> str:
    inside = sheet.read_text().partition("-- woorden --")[2].partition("-- einde --")[0]
    return " ".join(word for word in inside.split() if word.isalpha())


def test_two_of_three_sheets_typed_over_give_the_root_secret_back(
    services: Services, run: Run, sheets: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {path.stat().st_mode & 0o777 for path in sheets} == {0o600}
    assert "2 of 3 sheets  opens the keyring" in run("escrow", "list").output
    checked = run("escrow", "check", input=words(sheets[1]) + "\n")
    assert "well written; 2 needed; opens the keyring" in checked.output
    monkeypatch.delenv("DOSSIERPOORT_ROOT_SECRET")  # it is lost: that is why
    typed = f"{words(sheets[0])}\nzzzz\n{words(sheets[2])}\n"
    done = run("escrow", "restore", tmp_path / "root", input=typed)
    assert done.exit_code == 0, done.output
    assert "a sheet has 33 words" in done.output or "is not in the list" in done.output
    assert (tmp_path / "root").read_text().strip() == services.settings.root_secret
    assert (tmp_path / "root").stat().st_mode & 0o777 == 0o600
    again = run("escrow", "restore", tmp_path / "root", *sheets)
    assert again.exit_code == 1
    assert "cannot be made" in again.output


def test_one_sheet_is_not_enough_and_writes_nothing(run: Run, sheets: list[Path], tmp_path: Path) -> None:
    done = run("escrow", "restore", tmp_path / "root", sheets[0], sheets[0])
    assert done.exit_code == 1
    assert "2 different sheets are needed" in done.output
    assert "cannot be read" in run("escrow", "restore", tmp_path / "root", *sheets, "--keyring", tmp_path / "no").output
    sheets[1].write_text(sheets[1].read_text().replace("-- einde --", "acid -- einde --"))
    assert "a sheet has 33 words" in run("escrow", "check", sheets[1]).output
    assert not (tmp_path / "root").exists()


def test_sheets_go_to_a_private_directory_only(run: Run, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    for directory in (tmp_path / "open", tmp_path / "missing"):
        done = run("escrow", "make", directory)
        assert done.exit_code == 1
        assert "mkdir -m 700" in done.output
    (tmp_path / "open").chmod(0o700)
    assert "at least 2" in run("escrow", "make", tmp_path / "open", "--needed", "1").output
    assert not list((tmp_path / "open").iterdir())


def test_the_export_and_the_sheets_rescue_every_document_without_portal_and_database(
    services: Services, run: Run, sheets: list[Path], tmp_path: Path
) -> None:
    dossier = builders.draft(services, bsn="111222333")
    builders.upload(services, "school@demo.example", dossier, "rapport één.txt", b"Een verzonnen rapport.\n")
    builders.work(services)
    assert "lines in" in run("export", tmp_path / "wraps").output
    assert run("export", tmp_path / "wraps").exit_code == 1, "nothing is written over"
    exported = (tmp_path / "wraps").read_text()
    assert "rapport" not in exported
    assert "Zwollebol" not in exported
    given = {"keyring": services.settings.keyring, "escrow-sheet": sheets[0], "wraps": tmp_path / "wraps"}
    given |= {"objects": services.settings.object_dir, "out": tmp_path / "out"}
    arguments = [part for name, value in given.items() for part in (f"--{name}", str(value))]
    assert rescue.main([*arguments, "--escrow-sheet", str(sheets[2])]) == 0
    index = [json.loads(line) for line in (tmp_path / "out" / "index.jsonl").read_text().splitlines()]
    assert {line["result"] for line in index} == {"opened"}
    (mine,) = [line for line in index if line["name"] == "rapport één.txt"]
    assert (tmp_path / "out" / mine["file"]).read_bytes() == b"Een verzonnen rapport.\n"
    pupils = [line for line in index if line["context"].get("document") == "pupil"]
    assert any(b"Zwollebol" in (tmp_path / "out" / line["file"]).read_bytes() for line in pupils)


def test_a_rotated_root_secret_outdates_the_sheets_and_everyone_is_told(
    services: Services, run: Run, sheets: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Last in this file: the installation is not opened by its settings any more."""
    name = " ".join(words(sheets[0]).split()[:2])
    findings = {finding.what: finding for finding in examine(services.settings)}
    assert findings["escrow"].state == "good"
    rotated = run("rotate", "--root", tmp_path / "new")
    assert "ESCROW OUTDATED" in rotated.output
    assert name in rotated.output
    monkeypatch.setenv("DOSSIERPOORT_ROOT_SECRET", (tmp_path / "new").read_text().strip())
    assert "OUTDATED: the root secret was rotated since" in run("escrow", "list").output
    checked = run("escrow", "check", sheets[0])
    assert checked.exit_code == 1
    assert "OUTDATED" in checked.output
    refused = run("escrow", "restore", tmp_path / "root", *sheets)
    assert refused.exit_code == 1
    assert "rotated after they were printed" in refused.output
    assert not (tmp_path / "root").exists()
    builders_settings = builders.replace(services.settings, root_secret=os.environ["DOSSIERPOORT_ROOT_SECRET"])
    assert {f.what: f.state for f in examine(builders_settings)}["escrow"] == "warn"
    (tmp_path / "sheets2").mkdir(mode=0o700)
    assert run("escrow", "make", tmp_path / "sheets2").exit_code == 0
    assert {f.what: f.text for f in examine(builders_settings)}["escrow"].startswith("sheets of an older root")
    assert run("escrow", "remove", "no such", input="y\n").exit_code == 1
    for line in run("escrow", "list").output.splitlines():
        if "OUTDATED" in line:
            assert run("escrow", "remove", " ".join(line.split()[:2]), input="y\n").exit_code == 0
    assert "OUTDATED" not in run("escrow", "list").output
    stranger = run("escrow", "check", sheets[0])
    assert "no sheets of this name are registered" in stranger.output
