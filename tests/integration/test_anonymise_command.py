"""`dossierpoort anonymise --jsonl` as its user meets it. Source: issue "Anonymised where possible", Command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.config import PREFIX
from tests.portal import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RECORD = {"leerling": {"roepnaam": "Jorinde", "achternaam": "Zonneveld", "geboortedatum": "2016-02-03"}}
ROW = {"id": "a-1", "text": "Jorinde Zonneveld, geboren 3 februari 2016, werkt goed.", "dossier": RECORD}


def run(*words: str, given: str = "") -> tuple[int, str, str]:
    found = CliRunner().invoke(
        main, ["anonymise", *words], input=given, env=dict.fromkeys(k for k in os.environ if k.startswith(PREFIX))
    )
    return found.exit_code, found.stdout, found.stderr


def test_each_row_gets_its_spans_and_the_time_it_took(tmp_path: Path):
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    rows.write_text(json.dumps(ROW) + "\n\n" + json.dumps({**ROW, "id": 2, "more": True}) + "\n", encoding="utf-8")
    assert run("--jsonl", str(rows), "--out", str(out)) == (0, "", "")
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == ["a-1", 2]
    assert answers[0]["spans"] == [[0, 17, "PERSON_PUPIL"], [27, 42, "DATE_BIRTH"]]
    assert 0 < answers[0]["seconds"] < 5


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "Regel 2: dit is geen geldige JSON"),
        ('{"id": 1, "text": "x"}', "Regel 2: een rij heeft een id, een text en een dossier"),
        (json.dumps({**ROW, "text": 3}), "Regel 2: dit id kwam al voor"),
        (json.dumps({**ROW, "id": None}), "Regel 2: id is geen tekst of getal"),
        (json.dumps({**ROW, "id": 2, "text": 3}), "Regel 2: text is geen tekst"),
        (
            json.dumps({**ROW, "id": 2, "dossier": {"leerling": {"naam": "Jorinde"}}}),
            "Regel 2: leerling heeft een onbekend veld",
        ),
    ],
)
def test_a_row_that_is_not_right_is_named_and_leaves_no_half_answer(tmp_path: Path, line: str, sentence: str):
    out = tmp_path / "out.jsonl"
    code, said, wrong = run("--jsonl", "-", "--out", str(out), given=f"{json.dumps(ROW)}\n{line}\n")
    assert code == 1
    assert sentence in wrong
    assert said == ""
    assert "Jorinde" not in wrong
    assert list(tmp_path.iterdir()) == []


def test_input_that_is_not_there_and_output_that_cannot_be_written_are_said(tmp_path: Path):
    assert "niet worden gelezen" in run("--jsonl", str(tmp_path / "none"))[2]
    code, _, wrong = run("--jsonl", "-", "--out", str(tmp_path / "no" / "out"), given=json.dumps(ROW))
    assert code == 1
    assert "niet worden geschreven" in wrong


@pytest.mark.alone
def test_it_runs_without_configuration_and_starts_within_two_seconds_of_processor_time(tmp_path: Path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "anonymise", "--jsonl", "-"],
        input=json.dumps(ROW).encode(), capture_output=True, cwd=ROOT, env=kept, check=True, timeout=60,
    )  # fmt: skip
    after = os.times()
    assert json.loads(done.stdout)["id"] == "a-1"
    assert after.children_user + after.children_system - before.children_user - before.children_system < 2
