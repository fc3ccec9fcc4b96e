"""The commands `reglement judge|list|show|diff`: no configuration, clear errors, one line for one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.reglement import cli
from gateway.reglement.cli import reglement
from gateway.reglement.errors import ProfileError

ROWS = Path(__file__).resolve().parents[1] / "data" / "judgement" / "judgement.jsonl"
ROW = json.loads(ROWS.read_text(encoding="utf-8").splitlines()[0])
FACTS = ROW["facts"]


def _run(*args, given=None):
    return CliRunner().invoke(reglement, list(args), input=given)


def test_a_decision_is_printed_as_json_from_stdin_and_from_a_file(tmp_path):
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(FACTS), encoding="utf-8")
    from_stdin, from_file = _run("judge", "-", given=json.dumps(FACTS)), _run("judge", str(path))
    assert from_stdin.exit_code == from_file.exit_code == 0
    decision = json.loads(from_stdin.output)
    assert decision == json.loads(from_file.output)
    assert set(decision) == {"allowed", "article", "checked", "reason", "cited", "profile", "version"}


def test_a_refusal_is_a_decision_and_not_an_error():
    result = _run("judge", "-", given=json.dumps({**FACTS, "purpose": None}))
    assert result.exit_code == 0
    assert json.loads(result.output)["allowed"] is False


def test_explain_prints_the_steps_and_ends_with_the_decision():
    lines = _run("judge", "--explain", "-", given=json.dumps(FACTS)).output.splitlines()
    decision = json.loads(lines[-1])
    assert [line.split()[0] for line in lines[:-2]] == [*decision["checked"], decision["article"]]
    assert lines[-2] == decision["reason"]
    refused = _run("judge", "--explain", "-", given=json.dumps({**FACTS, "purpose": None})).output
    assert "PR4.1  geweigerd" in refused


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("geen json", "feiten"),
        ("[]", "feiten"),
        (b"\xff\xfe", "feiten"),
        ("[" * 100_000, "feiten"),
        ('{"act": "record", "act": "destroy"}', "act: deze sleutel komt twee keer voor"),
        ('{"state": {"\\ud800": 1, "\\ud800": 2}}', "ud800"),
        ("\ufeff{}", "feiten"),
        (json.dumps({**FACTS, "profile": "nergens-2020"}), "profile"),
        (json.dumps({**FACTS, "profile": None}), "profile"),
        (json.dumps({**FACTS, "on": "2026-02-30"}), "on"),
        (json.dumps({**FACTS, "\ud800": 1}), "ud800"),
        (json.dumps({**FACTS, "state": {"open_matters": float("nan")}}), "open_matters"),
    ],
)
def test_malformed_facts_are_exit_2_with_an_error_that_names_the_key(given, named):
    result = _run("judge", "-", given=given)
    assert result.exit_code == 2
    answer = json.loads(result.output)
    assert list(answer) == ["error"]
    assert named in answer["error"]


def test_a_file_that_is_not_there_is_exit_2():
    result = _run("judge", "/does/not/exist.json")
    assert result.exit_code == 2
    assert "error" in json.loads(result.output)


def test_lines_answer_each_row_and_a_bad_line_spoils_no_other():
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    bad = ["nonsense", "3", '{"id": "x"}', '{"id": "y", "facts": {}, "more": 1}', '{"id": "z", "facts": []}', "", "  "]
    lines = [*bad, *[json.dumps({"id": row["id"], "facts": row["facts"]}) for row in rows]]
    answers = [json.loads(line) for line in _run("judge", "--jsonl", given="\n".join(lines)).output.splitlines()]
    assert [each["id"] for each in answers[:5]] == [None, None, "x", "y", "z"]
    assert all(set(each) == {"id", "error"} for each in answers[:5])
    for row, answer in zip(rows, answers[5:], strict=True):
        expected = row["expect"]
        assert answer["id"] == row["id"]
        assert set(answer) == ({"id", "error"} if "error" in expected else {"id", "allowed", "article"})
        assert expected.get("article") == answer.get("article")


@pytest.mark.parametrize(
    ("line", "its_id"),
    [
        (b'{"id": 5, "facts": {"act": "record", "act": "destroy"}}', 5),
        (b'{"id": 6, "facts": {}, "facts": {}}\r', 6),
        (b'{"id": 7, "id": 8, "facts": {}}', None),
        (b'{"id": NaN, "facts": {}}', None),
        (b'{"id": 1e999, "facts": {}}', None),
        (b'{"id": true, "facts": {}}', None),
        (b'{"id": [[1]], "facts": {}}', None),
        (b'{"id": "\\ud800", "facts": {}}', "\ud800"),
        (b'\xef\xbb\xbf{"id": 9, "facts": {}}', None),
        (b'{"id": ' + b"[" * 990 + b"]" * 990 + b', "facts": {}}', None),
    ],
)
def test_a_bad_line_keeps_its_id_where_it_has_one_and_its_answer_is_json(line, its_id):
    def _no_constant(name):
        raise AssertionError(name)

    facts = json.dumps({"id": "good", "facts": FACTS}).encode()
    first, second = _run("judge", "--jsonl", given=line + b"\n" + facts).output.splitlines()
    answer = json.loads(first, parse_constant=_no_constant)
    assert set(answer) == {"id", "error"}
    assert answer["id"] == its_id
    assert json.loads(second)["id"] == "good"


def test_a_valid_line_whose_id_is_no_id_gets_no_decision():
    line = json.dumps({"id": {"a": 1}, "facts": FACTS})
    assert set(json.loads(_run("judge", "--jsonl", given=line).output)) == {"id", "error"}


def test_of_the_sentences_only_those_that_came_or_went_are_shown():
    shown = _run("diff", "po-raad-2014", "avg-2018").output
    assert "notes\n  - Gezondheid (e) leest het model ruim: ook welzijn.\n  + (niets)\n" in shown
    assert "OB2 en OB3" not in shown


def test_the_reglementen_are_listed_shown_and_compared():
    assert [line.split()[0] for line in _run("list").output.splitlines()] == [
        *("avg-2018", "leiden-2014", "po-raad-2014", "po2203-2015"),
    ]
    shown = json.loads(_run("show", "leiden-2014", "--version", "1").output)
    assert shown["valid_from"] == "2014-08-01"
    difference = _run("diff", "po-raad-2014@1", "leiden-2014").output
    assert "keep.after_leaving.years\n  - (niets)\n  + 2\n" in difference
    assert _run("diff", "po-raad-2014", "po-raad-2014").output == ""


@pytest.mark.parametrize(
    "args", [("show", "nergens"), ("show", "avg-2018", "--version", "9"), ("diff", "avg-2018@x", "avg-2018")]
)
def test_a_reglement_that_is_not_there_is_exit_2(args):
    result = _run(*args)
    assert result.exit_code == 2
    assert "error" in json.loads(result.output)


@pytest.mark.parametrize("args", [("list",), ("judge", "-")])
def test_a_profile_that_is_not_in_order_stops_every_command(args, monkeypatch):
    def _broken():
        raise ProfileError("kapot.toml: record: de sleutel x is niet bekend")

    monkeypatch.setattr(cli.profiles_, "shipped", _broken)
    result = _run(*args, given=json.dumps(FACTS))
    assert result.exit_code == 2
    assert "kapot.toml" in json.loads(result.output)["error"]
