"""The scenarios and the scorer of the specification: all agree, in both modes; our copies are the originals."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.reglement import facts, profiles
from gateway.reglement.errors import FactsError
from gateway.reglement.rules import judge

ROOT = Path(__file__).resolve().parent.parent.parent
COPY = ROOT / "tests" / "data" / "judgement"
ORIGINAL = ROOT.parent / "shared" / "data" / "judgement"
SCENARIOS = [json.loads(line) for line in (COPY / "judgement.jsonl").read_text(encoding="utf-8").splitlines()]
PROFILES = profiles.shipped()


@pytest.mark.parametrize("row", SCENARIOS, ids=[row["id"] for row in SCENARIOS])
def test_scenario_is_judged_as_expected(row):
    if row["expect"].get("error"):
        with pytest.raises(FactsError):
            facts.parse(row["facts"])
        return
    parsed = facts.parse(row["facts"])
    decision = judge(parsed, PROFILES.get(parsed.profile))
    assert {"allowed": decision.allowed, "article": decision.article} == row["expect"]
    assert decision.article not in decision.checked or decision.article == "PR8.1"
    assert decision.cited in decision.reason


@pytest.mark.parametrize(
    ("rows", "command", "mode"),
    [
        pytest.param("judgement.jsonl", "gateway.reglement.cli judge -", ["--jobs", "2"], marks=pytest.mark.long),
        ("judgement.jsonl", "gateway.reglement.cli judge --jsonl", ["--batch"]),
        pytest.param("terms.jsonl", "retention.cli", ["--jobs", "2"], marks=pytest.mark.long),
        ("terms.jsonl", "retention.cli --jsonl", ["--batch"]),
    ],
)
def test_the_scorer_agrees_with_every_row(rows, command, mode):
    ours = f"{shlex.quote(sys.executable)} -m {command}"
    scorer = [sys.executable, str(COPY / "score.py"), str(COPY / rows), "--cmd", ours, *mode]
    done = subprocess.run(scorer, capture_output=True, text=True, check=False, cwd=ROOT)
    result = json.loads(done.stdout)
    assert result["disagree"] == []
    assert result["total"] == result["agree"] > 0


@pytest.mark.skipif(not ORIGINAL.is_dir(), reason="the originals do not lie beside this checkout")
def test_the_copied_scenarios_are_the_originals():
    originals = {path.name: path.read_bytes() for path in ORIGINAL.iterdir() if path.is_file()}
    assert {name: (COPY / name).read_bytes() for name in originals} == originals
