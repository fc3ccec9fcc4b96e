"""The rescue decryptor: a keyring copy, exported wraps and objects are enough, and only what still exists opens."""

import base64
import json
import runpy
import shutil
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from crypto import escrow, fields, keys, rescue, stream
from crypto.context import SealContext
from crypto.keyring import FileKeyring, generate_root_secret

DAY = date(2026, 11, 21)
FICTION = b"Fictieve zin over niemand. " * 3000


class Installation:
    """A small one: two dossiers in two periods, each with a document and a field."""

    def __init__(self, root: Path) -> None:
        root.chmod(0o700)
        self.root, self.secret = root, generate_root_secret()
        (root / "root-secret").write_text(self.secret + "\n")
        self.keyring = FileKeyring.create(root / "keys" / "keyring", self.secret.encode())
        self.objects, self.copies = root / "objects", root / "copies"
        self.objects.mkdir()
        self.copies.mkdir(mode=0o700)
        self.lines: list[dict] = []
        self.period_keys = [self.add("d1", "2026Q3"), self.add("d2", "2026Q4")]

    def add(self, dossier: str, period: str) -> str:
        period_key = self.keyring.ensure_period_key("o1", period)
        place = {"organisation": "o1", "dossier": dossier}
        dossier_key, document_key, field_key = (stream.generate_key() for _ in range(3))
        as_dossier = SealContext(purpose="dossier-key", **place)
        self.line(
            key=f"{dossier}.1", wrapped=self.keyring.wrap(period_key, dossier_key, as_dossier), context=as_dossier
        )
        for name, key in (("document", document_key), ("fields", field_key)):
            context = SealContext(purpose=f"{name}-key", **place)
            wrapped = keys.wrap_key(dossier_key, f"{dossier}.1", key, context)
            self.line(key=f"{dossier}/{name}.1", wrapped=wrapped, context=context)
        context = SealContext(purpose="document", document="s1", version="1", **place)
        (self.objects / f"{dossier}.sealed").write_bytes(stream.seal_bytes(document_key, context, FICTION))
        self.line(object=f"{dossier}.sealed", key=f"{dossier}/document.1", context=context, name="verslag.pdf")
        context = SealContext(purpose="field", **place)
        self.line(field=fields.seal_field(field_key, context, b"naam"), key=f"{dossier}/fields.1", context=context)
        return period_key

    def line(self, **parts) -> None:
        parts["context"] = parts["context"].as_dict()
        self.lines.append({k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in parts.items()})

    def rescue(self, keyring: Path | None = None) -> tuple[int, list[dict]]:
        wraps, out = self.root / "wraps.jsonl", self.root / "out"
        shutil.rmtree(out, ignore_errors=True)
        wraps.write_text("\n".join(json.dumps(line) for line in self.lines) + "\n\n")
        ended = rescue.main(self.arguments(keyring))
        index = out / "index.jsonl"
        return ended, [json.loads(line) for line in index.read_text().splitlines()] if index.exists() else []

    def arguments(self, keyring: Path | None = None) -> list[str]:
        given = {
            "--keyring": keyring or self.root / "keys" / "keyring",
            "--root-secret-file": self.root / "root-secret",
            "--wraps": self.root / "wraps.jsonl",
            "--objects": self.objects,
            "--out": self.root / "out",
        }
        return [str(part) for pair in given.items() for part in pair]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def test_everything_opens_and_is_private(installation: Installation, capsys) -> None:
    ended, index = installation.rescue()
    assert ended == 0
    assert [entry["result"] for entry in index] == ["opened"] * 4
    out = installation.root / "out"
    assert [(out / entry["file"]).read_bytes() for entry in index] == [FICTION, b"naam"] * 2
    assert index[0]["name"] == "verslag.pdf"
    assert index[0]["context"]["document"] == "s1"
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert "4 opened, 0 destroyed, 0 failed" in capsys.readouterr().out


def test_it_runs_on_its_own_from_a_read_only_copy(installation: Installation) -> None:
    installation.keyring.write_copy(installation.copies / "copy", place="safe", on=DAY)
    installation.rescue()
    shutil.rmtree(installation.root / "out")
    shutil.rmtree(installation.root / "keys")
    (installation.copies / "copy").chmod(0o400)
    command = [sys.executable, "-m", "crypto.rescue", *installation.arguments(installation.copies / "copy")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.stdout.startswith("4 opened")


def test_the_sheets_of_an_escrow_are_enough_in_place_of_the_root_secret(installation: Installation, capsys) -> None:
    _, sheets = installation.keyring.make_escrow(sheets=3, needed=2, on=DAY)
    installation.rescue()
    for sheet in sheets:
        (installation.root / f"sheet{sheet.number}").write_text(escrow.printed(sheet, total=3, about=["Blad."]))
    plain = installation.arguments()
    start = plain.index("--root-secret-file")

    def run(*numbers: int) -> int:
        shutil.rmtree(installation.root / "out", ignore_errors=True)
        chosen = [part for number in numbers for part in ("--escrow-sheet", str(installation.root / f"sheet{number}"))]
        return rescue.main([*plain[:start], *plain[start + 2 :], *chosen])

    assert run(1, 3) == 0
    assert "4 opened, 0 destroyed, 0 failed" in capsys.readouterr().out
    assert run(2) == 2
    assert "2 different sheets are needed" in capsys.readouterr().err
    installation.keyring.rotate_root(generate_root_secret().encode())
    assert run(1, 3) == 2, "the root secret was rotated: these sheets open nothing any more"
    assert not (installation.root / "out").exists()


def test_a_sealed_name_is_told_in_the_index_and_one_that_does_not_open_is_empty(installation: Installation) -> None:
    document, field = installation.lines[3], installation.lines[4]
    context = SealContext(purpose="name")
    named = stream.generate_key()
    period_key = installation.period_keys[0]
    installation.line(key="n.1", wrapped=installation.keyring.wrap(period_key, named, context), context=context)
    sealed = base64.b64encode(fields.seal_field(named, context, '"verslag één.pdf"'.encode())).decode()
    document["name"] = {"field": sealed, "key": "n.1", "context": context.as_dict()}
    field["name"] = {"field": sealed, "key": "missing.1", "context": context.as_dict()}
    ended, index = installation.rescue()
    assert ended == 0
    assert [entry["name"] for entry in index[:2]] == ["verslag één.pdf", ""]


def test_it_needs_neither_web_app_nor_database() -> None:
    code = (
        "import sys, crypto.rescue; print([m for m in ('flask', 'sqlalchemy', 'gateway', 'gnupg') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"


def test_what_was_destroyed_opens_with_an_old_copy_until_that_copy_is_rewritten(installation: Installation) -> None:
    copy = installation.copies / "copy"
    installation.keyring.write_copy(copy, place="safe", on=DAY)
    installation.keyring.destroy(installation.period_keys[0])
    _, index = installation.rescue()
    assert [entry["result"] for entry in index] == ["destroyed", "destroyed", "opened", "opened"]
    _, index = installation.rescue(copy)
    assert [entry["result"] for entry in index] == ["opened"] * 4, "the old copy still opens all"
    assert installation.keyring.destruction(installation.period_keys[0], DAY) == "provisional"
    installation.keyring.write_copy(copy, place="safe", on=DAY)
    ended, index = installation.rescue(copy)
    assert [entry["result"] for entry in index] == ["destroyed", "destroyed", "opened", "opened"]
    assert installation.keyring.destruction(installation.period_keys[0], DAY) == "final"
    assert ended == 0


def test_what_fails_is_told_and_leaves_no_half_file(installation: Installation) -> None:
    sealed = installation.objects / "d1.sealed"
    sealed.write_bytes(sealed.read_bytes()[:-1])
    (installation.objects / "d2.sealed").unlink()
    ended, index = installation.rescue()
    assert ended == 1
    assert [(entry["result"], entry.get("why")) for entry in index] == [
        ("failed", "DecryptError"),
        ("opened", None),
        ("failed", "FileNotFoundError"),
        ("opened", None),
    ]
    assert len(list((installation.root / "out").iterdir())) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"key": "missing.1"},
        {"object": "../root-secret"},
        {"context": {"purpose": "other"}},
        {"context": {"purpose": ""}},
        {"context": {"unknown": "x"}},
        {"context": None},
    ],
)
def test_a_wrong_line_fails_alone(installation: Installation, change: dict) -> None:
    installation.lines[3] |= change
    ended, index = installation.rescue()
    assert ended == 1
    assert [entry["result"] for entry in index] == ["failed", "opened", "opened", "opened"]


def test_keys_that_wrap_each_other_fail_and_do_not_run_for_ever(installation: Installation) -> None:
    context = SealContext(purpose="ring")
    key = stream.generate_key()
    for one, other in (("a.1", "b.1"), ("b.1", "a.1")):
        installation.line(key=one, wrapped=keys.wrap_key(key, other, key, context), context=context)
    installation.line(object="d1.sealed", key="a.1", context=context)
    _, index = installation.rescue()
    assert [entry["result"] for entry in index] == ["opened"] * 4 + ["failed"]


def test_a_wrong_root_secret_or_a_full_out_directory_stops_at_once(installation: Installation, capsys) -> None:
    installation.rescue()
    assert rescue.main(installation.arguments()) == 2
    (installation.root / "root-secret").write_text(generate_root_secret())
    shutil.rmtree(installation.root / "out")
    assert rescue.main(installation.arguments()) == 2
    assert "wrong root secret" in capsys.readouterr().err
    assert not (installation.root / "out").exists()


def test_it_is_run_by_its_module_name(installation: Installation, monkeypatch) -> None:
    installation.rescue()
    shutil.rmtree(installation.root / "out")
    monkeypatch.setattr(sys, "argv", ["crypto.rescue", *installation.arguments()])
    monkeypatch.delitem(sys.modules, "crypto.rescue")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("crypto.rescue", run_name="__main__")
    assert ended.value.code == 0


def test_the_objects_of_a_backup_open_when_the_export_was_made_beside_a_bucket(installation: Installation) -> None:
    for name in ("d1.sealed", "d2.sealed"):
        sharded = installation.objects / name[:2] / name[2:4]
        sharded.mkdir(parents=True)
        (installation.objects / name).rename(sharded / name)
    assert installation.rescue()[0] == 0
