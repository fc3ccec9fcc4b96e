"""The command `term`: same answers, one at a time and in lines; bad input is exit 2 with an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from retention.cli import term

ROWS = Path(__file__).resolve().parent.parent / "data" / "judgement" / "terms.jsonl"
SCENARIOS = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]


def _run(*args, lines=None):
    return CliRunner().invoke(term, list(args), input=lines)


@pytest.mark.parametrize("row", SCENARIOS, ids=[row["id"] for row in SCENARIOS])
def test_one_term_answers_with_the_last_day_and_why(row):
    pauses = [part for a, b in row["suspended"] for part in ("--suspended", f"{a}/{b}")]
    result = _run("--from", row["from"], "--length", row["length"], *pauses)
    answer = json.loads(result.output)
    assert (result.exit_code, answer["last_day"]) == (0, row["expect"])
    assert answer["why"]


def test_lines_answer_each_row_by_its_id():
    keys = ("id", "from", "length", "suspended")
    lines = "\n".join(json.dumps({key: row[key] for key in keys}) for row in SCENARIOS)
    answers = [json.loads(line) for line in _run("--jsonl", lines=lines).output.splitlines()]
    assert {each["id"]: each["last_day"] for each in answers} == {row["id"]: row["expect"] for row in SCENARIOS}


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--from", "2026-02-30", "--length", "P4W"),
        ("--from", "20260201", "--length", "P4W"),
        ("--from", "2026-W01-1", "--length", "P4W"),
        ("--from", "2026-02-01"),
        ("--from", "2026-02-01", "--length", "4W"),
        ("--from", "2026-02-01", "--length", "P4W", "--suspended", "2026-02-02"),
        ("--from", "2026-02-01", "--length", "P4W", "--suspended", "2026-02-03/2026-02-02"),
        ("--from", "2026-02-01", "--length", "P4W", "--days", "/does/not/exist"),
    ],
)
def test_bad_input_is_exit_2_with_an_error(args):
    result = _run(*args)
    assert result.exit_code == 2
    assert list(json.loads(result.output)) == ["error"]


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"\xff\xfe{",
        b"[]",
        b'{"id": 1}',
        b'{"id": 1, "from": "2026-02-01", "length": "P4W", "extra": 1}',
        b'{"id": 1, "from": "2026-02-01", "length": "P4W", "suspended": 3}',
        b'{"id": 1, "from": "2026-02-01", "length": "P4W", "suspended": [["2026-02-02"]]}',
        b'{"id": 1, "from": "2026-02-01", "length": 4}',
        b'{"id": 1, "from": "2026-02-01", "from": "2026-02-02", "length": "P4W"}',
        b'{"id": NaN, "from": "2026-02-01", "length": "P4W"}',
        b'\xef\xbb\xbf{"id": 1, "from": "2026-02-01", "length": "P4W"}',
    ],
)
def test_a_bad_line_is_an_error_of_that_line_only(line):
    good = b'{"id": "g", "from": "2026-02-03", "length": "P4W"}'
    result = _run("--jsonl", lines=line + b"\n\n" + good + b"\n")
    first, second = [json.loads(each) for each in result.output.splitlines()]
    assert "error" in first
    assert "last_day" not in first
    assert second["last_day"] == "2026-03-03"


def test_a_bad_line_keeps_its_id_and_no_suspensions_may_be_null():
    lines = (
        b'{"id": 3, "from": "2026-02-03", "from": "2026-02-04", "length": "P4W"}\r\n'
        b'{"id": 4, "from": "2026-02-03", "length": "P4W", "suspended": null}\r\n'
    )
    first, second = [json.loads(each) for each in _run("--jsonl", lines=lines).output.splitlines()]
    assert first == {"id": 3, "error": "from: deze sleutel komt twee keer voor"}
    assert (second["id"], second["last_day"]) == (4, "2026-03-03")


def test_own_days_can_be_given_in_a_file(tmp_path):
    days = tmp_path / "days.toml"
    days.write_text('[[days]]\non = 2026-03-03\nname = "een eigen dag"\n', encoding="utf-8")
    result = _run("--from", "2026-02-03", "--length", "P4W", "--days", str(days))
    assert json.loads(result.output)["last_day"] == "2026-03-04"
